# A post's markdown as HTML: headings, paragraphs, lists, fenced code, and inline code, strong,
# emphasis and links. The front matter is skipped.
function escape(text) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    return text
}

# wrap: every mark…mark pair in text becomes an element.
function wrap(text, mark, element,    start, rest, end, result) {
    result = ""
    while ((start = index(text, mark)) > 0) {
        rest = substr(text, start + length(mark))
        end = index(rest, mark)
        if (end < 2) break
        result = result substr(text, 1, start - 1) "<" element ">" substr(rest, 1, end - 1) "</" element ">"
        text = substr(rest, end + length(mark))
    }
    return result text
}

function links(text,    middle, label, target, result) {
    result = ""
    while (match(text, /\[[^]]+\]\([^) ]+\)/)) {
        middle = substr(text, RSTART + 1, RLENGTH - 2)
        label = substr(middle, 1, index(middle, "](") - 1)
        target = substr(middle, index(middle, "](") + 2)
        gsub(/"/, "%22", target)
        result = result substr(text, 1, RSTART - 1) "<a href=\"" target "\">" label "</a>"
        text = substr(text, RSTART + RLENGTH)
    }
    return result text
}

function inline(text) {
    return links(wrap(wrap(wrap(escape(text), "`", "code"), "**", "strong"), "*", "em"))
}

function close_block() {
    if (block != "") print "</" block ">"
    block = ""
}

NR == 1 && $0 == "---" { front = 1; next }
front && $0 == "---" { front = 0; next }
front { next }

/^```/ {
    if (code) { print "</code></pre>"; code = 0 }
    else { close_block(); printf "<pre><code>"; code = 1 }
    next
}
code { print escape($0); next }

/^#+ / {
    close_block()
    level = length($1) + 1
    if (level > 6) level = 6
    print "<h" level ">" inline(substr($0, length($1) + 2)) "</h" level ">"
    next
}
/^- / {
    if (block != "ul") { close_block(); print "<ul>"; block = "ul" }
    print "<li>" inline(substr($0, 3)) "</li>"
    next
}
/^[ \t]*$/ { close_block(); next }
{
    if (block != "p") { close_block(); printf "<p>"; block = "p" }
    print inline($0)
}
END {
    if (code) print "</code></pre>"
    close_block()
}
