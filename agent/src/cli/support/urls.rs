//! URLs in a text.

/// What ends a URL.
const AROUND_URLS: [char; 6] = ['"', '\'', '`', '<', '>', '\\'];

/// The text with only the beginning of each URL, since a path, a query or a user's name may be a secret.
pub(super) fn without_paths_of_urls(text: &str) -> String {
    replace_urls(text, |scheme, authority, rest| {
        let host = authority.rsplit('@').next().unwrap_or_default();
        let rest = if rest.len() > 1 { "/…" } else { rest };
        format!("{scheme}://{host}{rest}")
    })
}

/// The text with each URL replaced by what `with` makes of its scheme, authority, and all the rest.
pub(super) fn replace_urls(text: &str, mut with: impl FnMut(&str, &str, &str) -> String) -> String {
    let (mut replaced, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at);
        let after = after.strip_prefix("://").unwrap_or(after);
        let scheme = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len();
        let (before, scheme) = before.split_at(before.len() - scheme);
        let ends = |c: char| c.is_whitespace() || AROUND_URLS.contains(&c);
        let (url, behind) = after.split_at(after.find(ends).unwrap_or(after.len()));
        let (authority, path) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
        replaced.push_str(before);
        replaced.push_str(&with(scheme, authority, path));
        rest = behind;
    }
    replaced.push_str(rest);
    replaced
}

/// A host, and the port behind it.
pub(super) fn split_port(text: &str) -> (&str, Option<&str>) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match text.rsplit_once(':') {
        Some((host, port)) if is_port(port) && (!host.contains(':') || host.ends_with(']')) => {
            (host, Some(port))
        }
        _ => (text, None),
    }
}
