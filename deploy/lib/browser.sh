# A payer's browser without scripts, for deploy/quickstart: it opens a page, and posts the
# form on it. Source it after common.sh; FOLDER is where the last page is kept.

# browse URL [CURL_OPTION…]: opens a page, follows redirects, and leaves the page in
# $FOLDER/page.html and its address in PAGE_URL.
browse() {
  PAGE_URL=$(curl -fsSL --max-redirs 5 --max-time "$PATIENCE_SECONDS" \
    -o "$FOLDER/page.html" -w '%{url_effective}' "${@:2}" "$1")
}

# submit [NAME=VALUE…]: posts the page's first form: its hidden fields, and what is given.
submit() {
  local action fields=() field
  action=$(sed -nE 's/.*<form [^>]*action="([^"]*)".*/\1/p' "$FOLDER/page.html" | head -n 1)
  [[ -n $action ]] || die "There is no form on $PAGE_URL."
  while IFS= read -r field; do
    fields+=(--data-urlencode "$(unescape_html <<<"$field")")
  done < <(grep -oE '<input type="hidden" name="[^"]*" value="[^"]*"' "$FOLDER/page.html" |
    sed -E 's/.* name="([^"]*)" value="([^"]*)"/\1=\2/')
  for field in "$@"; do fields+=(--data-urlencode "$field"); done
  browse "$(absolute_url "$(unescape_html <<<"$action")")" "${fields[@]}"
}

unescape_html() { sed "s/&lt;/</g;s/&gt;/>/g;s/&quot;/\"/g;s/&#39;/'/g;s/&amp;/\&/g"; }

# absolute_url ADDRESS: as the page means it.
absolute_url() {
  local origin=''
  [[ $1 == /* ]] && origin=$(sed -E 's#^(https?://[^/?]*).*#\1#' <<<"$PAGE_URL")
  printf '%s%s' "$origin" "$1"
}

# page_title: of the last page.
page_title() { sed -nE 's#.*<title>(.*)</title>.*#\1#p' "$FOLDER/page.html" | unescape_html; }
