//! The store: objects by key, one revision counter, and the log of changes that watchers read (etcd, the watch cache).

use crate::api::{ObjectExt, Resource, Value};
use crate::collections::BTreeMap;
use std::collections::VecDeque;
use std::rc::Rc;

/// Where an object is: resource, namespace (empty if cluster-scoped), name. Sorts as a list answer does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its resource.
    pub resource: &'static Resource,
    /// Its namespace, empty if cluster-scoped.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
}

impl Key {
    /// The key of a name.
    pub fn new(resource: &'static Resource, namespace: &str, name: &str) -> Self {
        Self { resource, namespace: namespace.into(), name: name.into() }
    }
    /// The key of an object.
    pub fn of(resource: &'static Resource, object: &Value) -> Self {
        Self::new(resource, object.namespace(), object.name())
    }
}

/// One change, as a watcher sees it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which object.
    pub key: Key,
    /// What it was; `None`: it was created.
    pub old: Option<Rc<Value>>,
    /// What it is now; `None`: it is gone.
    pub new: Option<Rc<Value>>,
    /// The revision this change made.
    pub revision: u64,
}

/// One resource's objects by namespace and name.
type Table = BTreeMap<(Rc<str>, Rc<str>), Rc<Value>>;

/// All objects. Cloning is cheap: objects and whole tables of them are shared until they change.
#[derive(Clone, Debug, Default)]
pub struct Store {
    objects: BTreeMap<&'static str, Rc<Table>>,
    revision: u64,
    changes: VecDeque<Change>,
}

impl Store {
    fn table(resource: &'static Resource) -> &'static str {
        resource.plural
    }
    /// The newest revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }
    /// One object.
    pub fn get(&self, key: &Key) -> Option<&Rc<Value>> {
        self.find(key.resource, &key.namespace, &key.name)
    }
    /// One object by name.
    pub fn find(&self, resource: &'static Resource, namespace: &str, name: &str) -> Option<&Rc<Value>> {
        let table = self.objects.get(Self::table(resource))?;
        table.get_by(|(ns, n)| (**ns).cmp(namespace).then_with(|| (**n).cmp(name)))
    }
    /// All objects of a resource in one namespace (`""`: in all), by namespace and name.
    pub fn list<'a>(
        &'a self,
        resource: &'static Resource,
        namespace: &str,
    ) -> impl Iterator<Item = &'a Rc<Value>> + use<'a> {
        let (empty, all): (Rc<str>, bool) = ("".into(), namespace.is_empty());
        let within: Rc<str> = namespace.into();
        let from = (within.clone(), empty);
        let table = self.objects.get(Self::table(resource));
        table
            .into_iter()
            .flat_map(move |t| t.range(from.clone()..))
            .take_while(move |((ns, _), _)| all || *ns == within)
            .map(|(_, v)| v)
    }
    /// Writes `object` (create or replace), gives it the next `resourceVersion` and logs the change.
    pub fn put(&mut self, resource: &'static Resource, mut object: Value) -> Rc<Value> {
        self.revision += 1;
        object.set("metadata.resourceVersion", self.revision.to_string());
        let key = Key::of(resource, &object);
        let new = Rc::new(object);
        let table = self.objects.entry(Self::table(resource)).or_default();
        let old = Rc::make_mut(table).insert((key.namespace.clone(), key.name.clone()), new.clone());
        self.changes.push_back(Change { key, old, new: Some(new.clone()), revision: self.revision });
        new
    }
    /// Takes an object away and logs the change.
    pub fn remove(&mut self, key: &Key) -> Option<Rc<Value>> {
        self.get(key)?;
        let table = self.objects.get_mut(Self::table(key.resource))?;
        let old = Rc::make_mut(table).remove(&(key.namespace.clone(), key.name.clone()))?;
        self.revision += 1;
        self.changes.push_back(Change { key: key.clone(), old: Some(old.clone()), new: None, revision: self.revision });
        Some(old)
    }
    /// Whether there are changes that no watcher was told of yet.
    pub fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }
    /// The next change that no watcher was told of yet.
    pub fn next_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }
}
