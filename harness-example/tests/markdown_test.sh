# What markdown becomes.
mkdir "$work/md"
cat >"$work/md/sample.md" <<'END'
---
title: Salt & <pepper>
date: 2026-01-02
---
# Top

A **strong** word, an *early* one, `a < b` and [a link](https://example.org/x).

- one
- two

```
<b> & *not* markdown
```
END
check 'a site of one post builds' build "$work/md-out" "$work/md"
page=$work/md-out/sample.html
check 'titles are escaped' has "$page" '<h1>Salt &amp; &lt;pepper></h1>'
check 'headings move one level down' has "$page" '<h2>Top</h2>'
check 'strong and emphasis' has "$page" 'A <strong>strong</strong> word, an <em>early</em> one'
check 'inline code is escaped' has "$page" '<code>a &lt; b</code>'
check 'links' has "$page" '<a href="https://example.org/x">a link</a>'
check 'lists' has "$page" '<li>two</li>'
check 'fenced code is left alone' has "$page" '&lt;b&gt; &amp; *not* markdown'
