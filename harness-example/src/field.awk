# Prints the value of one front matter field of a post.
#   awk -v name=title -f field.awk post.md
NR == 1 && $0 != "---" { exit }
NR > 1 && $0 == "---" { exit }
index($0, name ":") == 1 {
    value = substr($0, length(name) + 2)
    gsub(/^[ \t]+|[ \t]+$/, "", value)
    gsub(/&/, "\\&amp;", value)
    gsub(/</, "\\&lt;", value)
    print value
    exit
}
