# The site as it is: pages, index, drafts.
site=$work/site
check 'the site builds' build "$site"
check 'a published post has a page' there "$site/puddles.html"
check 'its page holds its title' has "$site/puddles.html" '<h1>Three puddles on one street</h1>'
check 'the index links to it' has "$site/index.html" '<a href="puddles.html">'
check 'the newest post comes first' before "$site/index.html" bike-count.html puddles.html
check 'a draft has no page' gone "$site/night-river.html"
check 'a draft is not in the index' hasnt "$site/index.html" 'The river at night'
check 'the stylesheet is there' there "$site/site.css"
