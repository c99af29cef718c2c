"""Addresses: one spelling for identity, a safe spelling for posts, parameters for counting."""

from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# beginnings of the names of parameters that say where a reader came from
_TRACKING = tuple(
    "utm_ fbclid gclid dclid gbraid wbraid msclkid twclid ttclid yclid igsh mc_ mkt_tok ref_src _hs _ga at_ xtor "
    "ocid cmpid __twitter_impression".split()
)


def canonical(url: str) -> str:
    """The address that tells articles apart: no fragment, no tracking parameters, host in lower case."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # such as "https://[bad": no address, but still a text that tells articles apart
        return url.strip()
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not k.lower().startswith(_TRACKING)]
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._") or "/"
    page = parts.fragment if parts.fragment.startswith("!") else ""  # "#!/a/1" names a page, other fragments a place
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path, urlencode(query), page))


def key(url: str) -> str:
    """What addresses of one page have in common: no scheme, `www.`, final slash or order of parameters."""
    try:
        parts = urlsplit(canonical(url))
    except ValueError:
        return url.strip()
    if not parts.netloc:
        return url.strip()
    query = "&".join(sorted(filter(None, parts.query.split("&"))))
    path = parts.path.rstrip("/").removesuffix("/amp")
    page = f"#{parts.fragment}" if parts.fragment else ""
    return f"{parts.netloc.removeprefix('www.')}{path}" + (f"?{query}" if query else "") + page


def safe(url: str) -> str:
    """The address percent-encoded, so that X and Telegram link all of it; "" where it is no http address."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            return ""
        host = parts.netloc.encode("ascii" if parts.netloc.isascii() else "idna").decode()
    except ValueError:  # UnicodeError is one
        return ""
    encode = "/%:@!$&()*+,;=~-._?"
    return urlunsplit(
        (
            parts.scheme.lower(),
            host,
            quote(parts.path, safe=encode),
            quote(parts.query, safe=encode),
            quote(parts.fragment, safe=encode),
        )
    )


def with_parameters(url: str, parameters: tuple[tuple[str, str], ...]) -> str:
    """The address with parameters added, those already there kept."""
    if not url or not parameters:
        return url
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(parameters)]))
    return urlunsplit(parts._replace(query=query))


def shown(url: str) -> str:
    """An address for messages, without what may be a key: who asks, and the query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0]
    named = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    return f"{named}?…" if parts.query else named
