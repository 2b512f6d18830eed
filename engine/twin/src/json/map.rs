//! Fields by name, in the order of their names: a list, for most have few; a tree where there are many.

use super::{Text, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::hash::{Hash, Hasher};
use std::ops::{Index, IndexMut};
use std::{slice, vec};

/// Fields by name, in the order of their names.
#[derive(Clone)]
pub struct Map(Fields);

#[derive(Clone)]
enum Fields {
    List(Vec<(Text, Value)>),
    Tree(BTreeMap<Text, Value>),
}
use Fields::{List, Tree};

/// So many fields are gone through one by one; of more the middle is looked at first.
const FEW: usize = 12;
/// More than so many are a tree, so that nobody's many fields cost more than their number.
const MANY: usize = 64;

/// Where a field is in a list, or where it would be.
fn find(list: &[(Text, Value)], name: &str) -> Result<usize, usize> {
    if list.len() > FEW {
        return list.binary_search_by(|(one, _)| one.as_str().cmp(name));
    }
    for (at, (one, _)) in list.iter().enumerate() {
        match one.as_str().cmp(name) {
            Ordering::Less => {}
            Ordering::Equal => return Ok(at),
            Ordering::Greater => return Err(at),
        }
    }
    Err(list.len())
}

impl Map {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(List(Vec::new()))
    }

    /// A field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match &self.0 {
            // Whether two names are the same is sooner known than which comes first.
            List(list) if list.len() <= FEW => {
                list.iter().find(|(one, _)| one.as_str() == name).map(|(_, value)| value)
            }
            List(list) => find(list, name).ok().map(|at| &list[at].1),
            Tree(tree) => tree.get(name),
        }
    }

    /// A field, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        match &mut self.0 {
            List(list) => find(list, name).ok().map(|at| &mut list[at].1),
            Tree(tree) => tree.get_mut(name),
        }
    }

    /// Whether there is such a field.
    #[must_use]
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a field; gives what it was.
    pub fn insert(&mut self, name: impl Into<Text> + AsRef<str>, value: Value) -> Option<Value> {
        if let Some(had) = self.get_mut(name.as_ref()) {
            return Some(std::mem::replace(had, value));
        }
        self.entry(name).or_insert(value);
        None
    }

    /// Takes a field out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        match &mut self.0 {
            List(list) => find(list, name).ok().map(|at| list.remove(at).1),
            Tree(tree) => tree.remove(name),
        }
    }

    /// A field that is there, or the room for it.
    pub fn entry(&mut self, name: impl Into<Text>) -> Entry<'_> {
        if let List(list) = &mut self.0
            && list.len() >= MANY
        {
            self.0 = Tree(std::mem::take(list).into_iter().collect());
        }
        Entry { name: name.into(), map: self }
    }

    /// How many fields.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            List(list) => list.len(),
            Tree(tree) => tree.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all fields out.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Keeps the fields that are wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&Text, &mut Value) -> bool) {
        match &mut self.0 {
            List(list) => list.retain_mut(|(name, value)| wanted(name, value)),
            Tree(tree) => tree.retain(wanted),
        }
    }

    /// Moves all fields of another here.
    pub fn append(&mut self, other: &mut Self) {
        self.extend(std::mem::take(other));
    }

    /// The fields in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            List(list) => Iter::List(list.iter()),
            Tree(tree) => Iter::Tree(tree.iter()),
        }
    }

    /// The fields in order, to be changed.
    pub fn iter_mut(&mut self) -> IterMut<'_> {
        match &mut self.0 {
            List(list) => IterMut::List(list.iter_mut()),
            Tree(tree) => IterMut::Tree(tree.iter_mut()),
        }
    }

    /// The names in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Text> + Clone {
        self.iter().map(|(name, _)| name)
    }

    /// The values in the order of their names.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values in the order of their names, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The values alone.
    pub fn into_values(self) -> impl Iterator<Item = Value> {
        self.into_iter().map(|(_, value)| value)
    }

    /// From fields in any order; of two with one name the later counts.
    pub(super) fn of(mut fields: Vec<(Text, Value)>) -> Self {
        if fields.len() > MANY {
            return Self(Tree(fields.into_iter().collect()));
        }
        if !fields.is_sorted_by(|(one, _), (other, _)| one < other) {
            fields.reverse();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            fields.dedup_by(|(earlier, _), (latest, _)| earlier == latest);
        }
        Self(List(fields))
    }
}

/// The place of a field.
pub struct Entry<'a> {
    map: &'a mut Map,
    name: Text,
}

impl<'a> Entry<'a> {
    /// The field, made by a function where it is missing.
    pub fn or_insert_with(self, make: impl FnOnce() -> Value) -> &'a mut Value {
        match &mut self.map.0 {
            List(list) => {
                let at = find(list, &self.name).unwrap_or_else(|at| {
                    // Most stay small, and there are very many.
                    if list.len() == list.capacity() {
                        list.reserve_exact(list.len().max(2));
                    }
                    list.insert(at, (self.name, make()));
                    at
                });
                &mut list[at].1
            }
            Tree(tree) => tree.entry(self.name).or_insert_with(make),
        }
    }

    /// The field, with this value where it is missing.
    pub fn or_insert(self, value: Value) -> &'a mut Value {
        self.or_insert_with(|| value)
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Map {}

impl Hash for Map {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.len().hash(hasher);
        self.iter().for_each(|field| field.hash(hasher));
    }
}

impl<K: Into<Text>> Extend<(K, Value)> for Map {
    fn extend<I: IntoIterator<Item = (K, Value)>>(&mut self, fields: I) {
        let fields = fields.into_iter().map(|(name, value)| (name.into(), value));
        match &mut self.0 {
            List(list) => {
                let mut all = std::mem::take(list);
                all.extend(fields);
                *self = Self::of(all);
            }
            Tree(tree) => tree.extend(fields),
        }
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self::of(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Index<&str> for Map {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).expect("the field is there")
    }
}

impl IndexMut<&str> for Map {
    fn index_mut(&mut self, name: &str) -> &mut Value {
        self.get_mut(name).expect("the field is there")
    }
}

/// Goes through fields.
#[derive(Clone)]
pub enum Iter<'a> {
    /// Of a list.
    List(slice::Iter<'a, (Text, Value)>),
    /// Of a tree.
    Tree(btree_map::Iter<'a, Text, Value>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Text, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next().map(|(name, value)| (name, value)),
            Self::Tree(tree) => tree.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::List(list) => list.size_hint(),
            Self::Tree(tree) => tree.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next_back().map(|(name, value)| (name, value)),
            Self::Tree(tree) => tree.next_back(),
        }
    }
}

/// Goes through fields that may be changed.
pub enum IterMut<'a> {
    /// Of a list.
    List(slice::IterMut<'a, (Text, Value)>),
    /// Of a tree.
    Tree(btree_map::IterMut<'a, Text, Value>),
}

impl<'a> Iterator for IterMut<'a> {
    type Item = (&'a Text, &'a mut Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next().map(|(name, value)| (&*name, value)),
            Self::Tree(tree) => tree.next(),
        }
    }
}

/// Gives fields away.
pub enum IntoIter {
    /// Of a list.
    List(vec::IntoIter<(Text, Value)>),
    /// Of a tree.
    Tree(btree_map::IntoIter<Text, Value>),
}

impl Iterator for IntoIter {
    type Item = (Text, Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next(),
            Self::Tree(tree) => tree.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::List(list) => list.size_hint(),
            Self::Tree(tree) => tree.size_hint(),
        }
    }
}

impl IntoIterator for Map {
    type Item = (Text, Value);
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        match self.0 {
            List(list) => IntoIter::List(list.into_iter()),
            Tree(tree) => IntoIter::Tree(tree.into_iter()),
        }
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Text, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut Map {
    type Item = (&'a Text, &'a mut Value);
    type IntoIter = IterMut<'a>;

    fn into_iter(self) -> IterMut<'a> {
        self.iter_mut()
    }
}
