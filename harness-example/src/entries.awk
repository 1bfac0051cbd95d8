# Turns "date<TAB>slug<TAB>title<TAB>…" lines into list items.
BEGIN { FS = "\t" }
$2 != "" {
    printf "  <li><time datetime=\"%s\">%s</time> <a href=\"%s%s.html\">%s</a></li>\n", \
        $1, $1, ENVIRON["FILL_root"], $2, $3
}
