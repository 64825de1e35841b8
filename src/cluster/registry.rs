//! Which images there are, and what containerd says of those that there aren't. What nobody can know (another registry's,
//! somebody's own) is there; of Docker's official images the names and tags are known well enough to tell a slip.

use super::image::full_name;
use crate::api::distance;

/// Parts of names that say themselves that there is no such image.
const MARKS: [&str; 6] = ["nosuch", "no-such", "does-not-exist", "doesnotexist", "nonexistent", "non-existent"];

/// Docker's official images that learners meet, with the newest version that is believed in.
const OFFICIAL: &[(&str, u32, u32)] = &[
    ("alpine", 3, 25),
    ("busybox", 1, 38),
    ("caddy", 2, 12),
    ("centos", 8, 4),
    ("consul", 1, 22),
    ("debian", 14, 9),
    ("elasticsearch", 9, 9),
    ("fedora", 46, 0),
    ("ghost", 6, 99),
    ("golang", 1, 28),
    ("haproxy", 3, 5),
    ("hello-world", 0, 0),
    ("httpd", 2, 4),
    ("mariadb", 12, 4),
    ("memcached", 1, 6),
    ("mongo", 9, 0),
    ("mysql", 9, 9),
    ("nginx", 1, 31),
    ("node", 27, 99),
    ("perl", 5, 44),
    ("php", 8, 6),
    ("postgres", 19, 9),
    ("python", 3, 15),
    ("rabbitmq", 4, 4),
    ("redis", 8, 9),
    ("ruby", 4, 1),
    ("tomcat", 11, 1),
    ("traefik", 3, 9),
    ("ubuntu", 26, 10),
    ("wordpress", 7, 2),
];

/// Images of lessons.
const LESSONS: [&str; 3] = ["dalgudcks/http-go", "dalgudcks/shell", "http-go"];

/// What the tag of an official image begins with if not with a number.
const TAGS: [&str; 24] = [
    "alpine",
    "apache",
    "bookworm",
    "bullseye",
    "buster",
    "cli",
    "current",
    "edge",
    "focal",
    "fpm",
    "glibc",
    "jammy",
    "latest",
    "lts",
    "mainline",
    "management",
    "musl",
    "noble",
    "perl",
    "slim",
    "stable",
    "trixie",
    "uclibc",
    "unstable",
];

/// Why an image can't be pulled, in containerd's words; `None` if it can.
pub fn missing(image: &str) -> Option<String> {
    let full = full_name(image);
    let why = if MARKS.iter().any(|mark| image.contains(mark)) {
        format!("{full}: not found")
    } else {
        slip(full.strip_prefix("docker.io/")?, &full)?
    };
    Some(format!("failed to pull and unpack image {full:?}: failed to resolve reference {full:?}: {why}"))
}

/// Why a text is no image's name at all, in the kubelet's words; `None` if it is one.
// upstream: pkg/kubelet/images/image_manager.go applyDefaultImageTag
pub fn invalid(image: &str) -> Option<String> {
    if is_name(image) {
        return None;
    }
    let whole = if image.contains('/') { image.to_owned() } else { format!("library/{image}") };
    let name = whole.split(':').next().unwrap_or("");
    let why = if name.chars().any(char::is_uppercase) {
        format!("invalid reference format: repository name ({name}) must be lowercase")
    } else {
        "invalid reference format".to_owned()
    };
    Some(format!("Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {why}"))
}

/// Whether it can be an image's name: lower case parts, a tag and a digest perhaps.
pub fn is_name(text: &str) -> bool {
    let (name, digest) = text.split_once('@').map_or((text, None), |(n, d)| (n, Some(d)));
    let tag_at = name.rfind(':').filter(|at| !name.get(*at..).is_some_and(|t| t.contains('/')));
    let (name, tag) = tag_at.map_or((name, None), |at| (name.get(..at).unwrap_or(""), name.get(at + 1..)));
    let tag_fine = |t: &str| {
        !t.is_empty()
            && t.len() <= 128
            && t.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
            && !t.starts_with(['.', '-'])
    };
    let part = |(i, p): (usize, &str)| {
        let host = i == 0 && name.contains('/') && p.contains(['.', ':']);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        host || (p.starts_with(plain) && p.ends_with(plain) && p.chars().all(|c| plain(c) || "._-".contains(c)))
    };
    tag.is_none_or(tag_fine) && digest.is_none_or(|d| d.contains(':')) && name.split('/').enumerate().all(part)
}

/// What is wrong with the name of an image at Docker's registry.
#[inline(never)] // kept apart: loaded with the rest of the engine
fn slip(image: &str, full: &str) -> Option<String> {
    let image = image.strip_prefix("library/").unwrap_or(image);
    let (name, tag) = image.split_once(':').unwrap_or((image, "latest"));
    if image.contains('@') {
        return None;
    }
    let official = OFFICIAL.iter().find(|(known, ..)| *known == name);
    let lesson = LESSONS.contains(&name);
    let fine = match official {
        Some((_, major, minor)) => is_version(tag, (*major, *minor)),
        None => !lesson || tag == "latest" || tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()),
    };
    if official.is_none() && !lesson && is_near(name) {
        const DENIED: &str = "pull access denied, repository does not exist or may require authorization: server message: \
            insufficient_scope: authorization failed";
        return Some(DENIED.into());
    }
    (!fine).then(|| format!("{full}: not found"))
}

/// Whether an official image may have such a tag.
fn is_version(tag: &str, newest: (u32, u32)) -> bool {
    let first = tag.split('-').next().unwrap_or("");
    if !first.starts_with(|c: char| c.is_ascii_digit()) {
        return TAGS.iter().any(|word| first.starts_with(word));
    }
    let mut numbers = first.split('.').map(|n| n.parse().ok());
    match (numbers.next().flatten(), numbers.next()) {
        // A number alone stands for a course's versions as well: `nginx:1`, `nginx:2`.
        (major, None) => major.is_none_or(|n: u32| n < 1000),
        (Some(major), Some(Some(minor))) => (major, minor) <= newest,
        // `3.0rc1`, `8u191`
        _ => true,
    }
}

/// Whether a name is nearly that of an image that is known.
fn is_near(name: &str) -> bool {
    let most = if name.len() < 5 { 1 } else { 2 };
    let known = OFFICIAL.iter().map(|(known, ..)| *known).chain(LESSONS);
    name.len() >= 4 && known.into_iter().any(|known| distance(known, name) <= most)
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn knows_a_slip_from_an_image_of_ones_own() {
        for there in [
            "nginx",
            "nginx:1.27",
            "nginx:1",
            "nginx:2",
            "nginx:1.27-alpine",
            "nginx:alpine",
            "nginx:stable-perl",
            "busybox:1.36",
            "docker.io/library/nginx:1.25.3",
            "redis:8.0-rc1",
            "http-go",
            "dalgudcks/http-go",
            "dalgudcks/http-go:v2",
            "web",
            "x",
            "registry.k8s.io/echoserver:1.10",
            "example.com/api:2",
            "somebody/ngnix",
            "nginx@sha256:00",
            "api:1",
            "backend:dev",
        ] {
            assert_eq!(missing(there), None, "{there}");
        }
        for (image, why) in [
            ("nginx:1.161", "docker.io/library/nginx:1.161: not found"),
            ("nginx:lastest", "docker.io/library/nginx:lastest: not found"),
            ("nosuch/image:1", "docker.io/nosuch/image:1: not found"),
            (
                "ngnix",
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            ),
            (
                "dalgudcks/htpt-go",
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            ),
        ] {
            let full = super::full_name(image);
            let text = format!("failed to pull and unpack image {full:?}: failed to resolve reference {full:?}: {why}");
            assert_eq!(missing(image), Some(text));
        }
    }
}
