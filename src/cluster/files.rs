//! A small file tree: what a machine's or a Pod's disk holds. Paths are absolute and normalised.

use crate::collections::BTreeMap;

/// Files and folders by absolute path. The root always exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<String, Node>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A file with its text.
    File(String),
    /// A folder.
    Folder,
}

/// Why a path could not be used; [`Trouble::text`] is what the C library says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// `ENOENT`
    Missing,
    /// `EISDIR`
    IsFolder,
    /// `ENOTDIR`
    NotFolder,
    /// `EEXIST`
    Exists,
    /// `ENOTEMPTY`
    NotEmpty,
}

impl Trouble {
    /// The message as `strerror` gives it.
    pub fn text(self) -> &'static str {
        match self {
            Trouble::Missing => "No such file or directory",
            Trouble::IsFolder => "Is a directory",
            Trouble::NotFolder => "Not a directory",
            Trouble::Exists => "File exists",
            Trouble::NotEmpty => "Directory not empty",
        }
    }
}

/// `path` seen from the folder `from`, without `.`, `..` and double slashes.
pub fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { from };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The folder a path lies in.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

impl Tree {
    /// An empty tree with these folders (and those above them).
    pub fn with_folders(folders: &[&str]) -> Self {
        let mut tree = Self::default();
        for folder in folders {
            tree.make_folders(folder);
        }
        tree
    }
    /// What is at `path`.
    pub fn get(&self, path: &str) -> Option<&Node> {
        if path == "/" { Some(&Node::Folder) } else { self.nodes.get(path) }
    }
    /// Whether `path` is a folder.
    pub fn is_folder(&self, path: &str) -> bool {
        matches!(self.get(path), Some(Node::Folder))
    }
    /// A file's text.
    pub fn read(&self, path: &str) -> Result<&str, Trouble> {
        match self.get(path) {
            Some(Node::File(text)) => Ok(text),
            Some(Node::Folder) => Err(Trouble::IsFolder),
            None => Err(self.missing(path)),
        }
    }
    /// Writes a whole file; its folder must exist.
    pub fn write(&mut self, path: &str, text: &str) -> Result<(), Trouble> {
        self.writable(path)?;
        self.nodes.insert(path.to_owned(), Node::File(text.to_owned()));
        Ok(())
    }
    /// Adds to the end of a file, making it if need be.
    pub fn append(&mut self, path: &str, text: &str) -> Result<(), Trouble> {
        self.writable(path)?;
        match self.nodes.entry(path.to_owned()).or_insert_with(|| Node::File(String::new())) {
            Node::File(old) => old.push_str(text),
            Node::Folder => return Err(Trouble::IsFolder),
        }
        Ok(())
    }
    /// Takes a file or an empty folder away.
    pub fn remove(&mut self, path: &str) -> Result<(), Trouble> {
        match self.get(path) {
            None => Err(self.missing(path)),
            Some(Node::Folder) if self.list(path).next().is_some() => Err(Trouble::NotEmpty),
            Some(_) => {
                self.nodes.remove(path);
                Ok(())
            }
        }
    }
    /// Makes one folder.
    pub fn make_folder(&mut self, path: &str) -> Result<(), Trouble> {
        if self.get(path).is_some() {
            return Err(Trouble::Exists);
        }
        self.writable(path)?;
        self.nodes.insert(path.to_owned(), Node::Folder);
        Ok(())
    }
    /// Makes a folder and those above it.
    pub fn make_folders(&mut self, path: &str) {
        if path != "/" && self.get(path).is_none() {
            self.make_folders(parent(path));
            self.nodes.insert(path.to_owned(), Node::Folder);
        }
    }
    /// The names in a folder, sorted, with what they are.
    pub fn list<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        let prefix = if folder == "/" { "/".to_owned() } else { format!("{folder}/") };
        let length = prefix.len();
        self.nodes
            .range(prefix.clone()..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter(move |(path, _)| !path[length..].contains('/'))
            .map(move |(path, node)| (&path[length..], node))
    }
    fn missing(&self, path: &str) -> Trouble {
        let above = parent(path);
        match self.get(above) {
            Some(Node::File(_)) => Trouble::NotFolder,
            _ => Trouble::Missing,
        }
    }
    fn writable(&self, path: &str) -> Result<(), Trouble> {
        match (self.get(path), self.get(parent(path))) {
            (Some(Node::Folder), _) => Err(Trouble::IsFolder),
            (_, Some(Node::Folder)) => Ok(()),
            (_, Some(Node::File(_))) => Err(Trouble::NotFolder),
            (_, None) => Err(Trouble::Missing),
        }
    }
}

/// What Pods' processes wrote below `/var` and `/tmp`, by the Pod's uid, so that a Pod of the same name starts anew.
#[derive(Clone, Debug, Default)]
pub struct PodFiles {
    trees: BTreeMap<String, Tree>,
}

impl PodFiles {
    /// A Pod's files, if anything was ever written.
    pub fn get(&self, uid: &str) -> Option<&Tree> {
        self.trees.get(uid)
    }
    /// A Pod's files, with the folders every Pod has.
    pub fn of(&mut self, uid: &str) -> &mut Tree {
        self.trees.entry(uid.to_owned()).or_insert_with(|| Tree::with_folders(&["/var/log", "/tmp"]))
    }
    /// Forgets a Pod's files.
    pub fn remove(&mut self, uid: &str) {
        self.trees.remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_paths() {
        assert_eq!(resolve("/home/user", "a/../b.yaml"), "/home/user/b.yaml");
        assert_eq!(resolve("/home/user", "/var//x/."), "/var/x");
        assert_eq!(resolve("/", "../.."), "/");
    }

    #[test]
    fn says_what_is_wrong() {
        let mut tree = Tree::with_folders(&["/var/log"]);
        assert_eq!(tree.write("/var/ready", "x"), Ok(()));
        assert_eq!(tree.write("/nope/x", ""), Err(Trouble::Missing));
        assert_eq!(tree.write("/var/ready/x", ""), Err(Trouble::NotFolder));
        assert_eq!(tree.read("/var"), Err(Trouble::IsFolder));
        assert_eq!(tree.remove("/var"), Err(Trouble::NotEmpty));
        assert_eq!(tree.list("/var").map(|(n, _)| n).collect::<Vec<_>>(), ["log", "ready"]);
    }
}
