//! An ordered map: a B-tree of two levels.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, RangeBounds};

/// How many entries a leaf takes.
const FULL: usize = 32;

/// Where an entry is: its leaf, and its place in there. Behind the last entry of all is the start of a leaf that isn't.
type Place = (usize, usize);

/// A map in the order of its keys. No leaf is empty.
// Keys and values are apart, so that maps with the same keys share the code that searches.
#[derive(Clone)]
pub struct BTreeMap<K, V> {
    keys: Vec<Vec<K>>,
    values: Vec<Vec<V>>,
}

/// Where a key is, or else where it would go: perhaps behind the last one of a leaf.
#[inline(never)]
fn search<K: Borrow<Q>, Q: Ord + ?Sized>(keys: &[Vec<K>], key: &Q) -> Result<Place, Place> {
    let after = keys.partition_point(|leaf| leaf.first().is_some_and(|k| k.borrow() <= key));
    let leaf = after.saturating_sub(1);
    match keys.get(leaf).map(|leaf| leaf.binary_search_by(|k| k.borrow().cmp(key))) {
        Some(Ok(i)) => Ok((leaf, i)),
        Some(Err(i)) => Err((leaf, i)),
        None => Err((0, 0)),
    }
}

/// Where a new entry goes for which a place was found, and where its leaf is cut before, if that is full. `length` is
/// the leaf's, `last` whether there is none behind it.
#[inline(never)]
fn room((leaf, i): Place, length: usize, last: bool) -> (Place, Option<Place>) {
    if length < FULL {
        return ((leaf, i), None);
    }
    // What grows at its end keeps its leaves full.
    let at = if last && i == FULL { FULL } else { FULL / 2 };
    (if i < at { (leaf, i) } else { (leaf + 1, i - at) }, Some((leaf, at)))
}

/// Puts an item at a place, a leaf having been cut in two first if need be.
#[inline(never)]
fn put<T>(leaves: &mut Vec<Vec<T>>, cut: Option<Place>, (leaf, i): Place, item: T) {
    let new = match cut {
        Some((full, at)) => leaves.get_mut(full).map(|leaf| leaf.split_off(at)),
        None => leaves.is_empty().then(Vec::new),
    };
    if let Some(new) = new {
        leaves.insert(cut.map_or(0, |(full, _)| full + 1), new);
    }
    if let Some(leaf) = leaves.get_mut(leaf) {
        leaf.insert(i, item);
    }
}

/// Takes the item at a place away.
fn take<T>(leaves: &mut Vec<Vec<T>>, (leaf, i): Place) -> T {
    let item = leaves[leaf].remove(i);
    if leaves[leaf].is_empty() {
        leaves.remove(leaf);
    }
    item
}

impl<K, V> BTreeMap<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { keys: Vec::new(), values: Vec::new() }
    }
    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.keys.iter().map(Vec::len).sum()
    }
    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
    /// Takes all entries away.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }
    /// All entries in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { map: self, front: (0, 0), back: (self.keys.len(), 0) }
    }
    /// All entries in order, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.keys.iter().flatten().zip(self.values.iter_mut().flatten())
    }
    /// All keys in order.
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys(self.iter())
    }
    /// All values in the order of their keys.
    pub fn values(&self) -> Values<'_, K, V> {
        Values(self.iter())
    }
    /// All values in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.values.iter_mut().flatten()
    }
    /// All values in the order of their keys.
    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.values.into_iter().flatten()
    }
    /// The first entry.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }
    /// The last entry.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
    /// Takes the first entry away.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.is_empty()).then(|| self.remove_at((0, 0)))
    }
    /// Keeps those entries that a question is answered yes for.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let mut place = (0, 0);
        while let Some(leaf) = self.keys.get(place.0) {
            match leaf.get(place.1) {
                None => place = (place.0 + 1, 0),
                Some(key) if keep(key, &mut self.values[place.0][place.1]) => place.1 += 1,
                Some(_) => {
                    let last = leaf.len() == 1;
                    self.remove_at(place);
                    // The leaf is gone, and another one is in its place.
                    place.1 = if last { 0 } else { place.1 };
                }
            }
        }
    }
    fn remove_at(&mut self, place: Place) -> (K, V) {
        (take(&mut self.keys, place), take(&mut self.values, place))
    }
    /// The place of the entry that follows in order on what is before `place`.
    fn settled(&self, place: Place) -> Place {
        let inside = self.keys.get(place.0).is_none_or(|leaf| place.1 < leaf.len());
        if inside { place } else { (place.0 + 1, 0) }
    }
}

impl<K: Ord, V> BTreeMap<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (leaf, i) = search(&self.keys, key).ok()?;
        self.values.get(leaf)?.get(i)
    }
    /// The value of the key that `order` finds equal; it tells how a key lies to the one that is wanted. For keys of
    /// several parts, which need not be put together to be looked up.
    pub fn get_by(&self, order: impl Fn(&K) -> Ordering) -> Option<&V> {
        let after = self.keys.partition_point(|leaf| leaf.first().is_some_and(|k| order(k) != Ordering::Greater));
        let leaf = after.checked_sub(1)?;
        let i = self.keys.get(leaf)?.binary_search_by(&order).ok()?;
        self.values.get(leaf)?.get(i)
    }
    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (leaf, i) = search(&self.keys, key).ok()?;
        self.values.get_mut(leaf)?.get_mut(i)
    }
    /// Whether there is an entry of a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        search(&self.keys, key).is_ok()
    }
    /// Sets the value of a key; answers the one before, if any.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match search(&self.keys, &key) {
            Ok((leaf, i)) => Some(std::mem::replace(&mut self.values[leaf][i], value)),
            Err(place) => {
                self.insert_at(place, key, value);
                None
            }
        }
    }
    /// Takes the entry of a key away; answers its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = search(&self.keys, key).ok()?;
        Some(self.remove_at(place).1)
    }
    /// The entry of a key, which may still be to be made.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { map: self, key }
    }
    /// The entries whose keys are in a range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        // A bound's place, and by how much it lies behind a key that is equal to it.
        let place = |bound: Bound<&Q>, unbounded: Place, when_equal: [usize; 2]| match bound {
            Bound::Unbounded => unbounded,
            Bound::Included(key) => search(&self.keys, key).map_or_else(|p| p, |(leaf, i)| (leaf, i + when_equal[0])),
            Bound::Excluded(key) => search(&self.keys, key).map_or_else(|p| p, |(leaf, i)| (leaf, i + when_equal[1])),
        };
        let front = self.settled(place(range.start_bound(), (0, 0), [0, 1]));
        let back = self.settled(place(range.end_bound(), (self.keys.len(), 0), [1, 0]));
        Iter { map: self, front, back: back.max(front) }
    }
    /// Puts a new entry at its place; answers where it then is.
    #[inline(never)]
    fn insert_at(&mut self, place: Place, key: K, value: V) -> Place {
        let length = self.keys.get(place.0).map_or(0, Vec::len);
        let (to, cut) = room(place, length, place.0 + 1 == self.keys.len());
        put(&mut self.keys, cut, to, key);
        put(&mut self.values, cut, to, value);
        to
    }
}

/// The entry of a key, see [`BTreeMap::entry`].
pub struct Entry<'a, K, V> {
    map: &'a mut BTreeMap<K, V>,
    key: K,
}

impl<'a, K: Ord, V> Entry<'a, K, V> {
    /// Its value, made if there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let (leaf, i) = match search(&self.map.keys, &self.key) {
            Ok(place) => place,
            Err(place) => self.map.insert_at(place, self.key, make()),
        };
        &mut self.map.values[leaf][i]
    }
    /// Its value, which is `value` if there was none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }
    /// Its value, which is the type's default if there was none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// Entries in order, from both ends.
pub struct Iter<'a, K, V> {
    map: &'a BTreeMap<K, V>,
    front: Place,
    back: Place,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);
    fn next(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        let (leaf, i) = self.front;
        self.front = self.map.settled((leaf, i + 1));
        Some((&self.map.keys[leaf][i], &self.map.values[leaf][i]))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        if self.back.1 == 0 {
            self.back.0 -= 1;
            self.back.1 = self.map.keys[self.back.0].len();
        }
        self.back.1 -= 1;
        let (leaf, i) = self.back;
        Some((&self.map.keys[leaf][i], &self.map.values[leaf][i]))
    }
}

/// Keys in order.
pub struct Keys<'a, K, V>(Iter<'a, K, V>);

/// Values in the order of their keys.
pub struct Values<'a, K, V>(Iter<'a, K, V>);

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Keys<'a, K, V> {
    type Item = &'a K;
    fn next(&mut self) -> Option<&'a K> {
        Some(self.0.next()?.0)
    }
}

impl<K, V> DoubleEndedIterator for Keys<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some(self.0.next_back()?.0)
    }
}

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;
    fn next(&mut self) -> Option<&'a V> {
        Some(self.0.next()?.1)
    }
}

impl<K, V> DoubleEndedIterator for Values<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        Some(self.0.next_back()?.1)
    }
}

impl<K, V> Default for BTreeMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for BTreeMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for BTreeMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for BTreeMap<K, V> {}

impl<K: Ord, V> Extend<(K, V)> for BTreeMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for BTreeMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for BTreeMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<'a, K, V> IntoIterator for &'a BTreeMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> IntoIterator for BTreeMap<K, V> {
    type Item = (K, V);
    type IntoIter =
        std::iter::Zip<std::iter::Flatten<std::vec::IntoIter<Vec<K>>>, std::iter::Flatten<std::vec::IntoIter<Vec<V>>>>;
    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().flatten().zip(self.values.into_iter().flatten())
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for BTreeMap<K, V> {
    type Output = V;
    fn index(&self, key: &Q) -> &V {
        let (leaf, i) = search(&self.keys, key).unwrap_or((usize::MAX, 0));
        &self.values[leaf][i]
    }
}
