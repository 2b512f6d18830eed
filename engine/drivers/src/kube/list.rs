//! Lists objects page by page.
//!
//! A long list is kept as the text the server sent, one piece an object, and a value is made of one at a time: values
//! of fifty thousand pods would take many times the memory of their text.

use runbook_model::{Value, code};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::call::Call;
use super::get::plain_object;
use super::kinds::able;
use super::names::with_query;
use super::{Cluster, Kind, Result, error, plain};

/// How many objects a page holds where it is not said.
const PAGE: usize = 500;
/// How often a list is begun again because the server could not go on with it.
const BEGINNINGS: usize = 5;

/// Which objects are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Select {
    /// Any name of their kind.
    pub kind: String,
    /// Their namespace; all of them where it is not said.
    pub namespace: Option<String>,
    /// Their labels, as `kubectl -l` takes them.
    pub labels: String,
    /// Their fields, as `kubectl --field-selector` takes them.
    pub fields: String,
    /// How many a page holds; 0 for as many as is usual.
    pub page: usize,
}

impl Select {
    /// All objects of a kind in all namespaces.
    pub fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// Those in this namespace.
    #[must_use]
    pub fn within(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Those with these labels.
    #[must_use]
    pub fn labelled(mut self, labels: impl Into<String>) -> Self {
        self.labels = labels.into();
        self
    }

    /// Those with these fields.
    #[must_use]
    pub fn with_fields(mut self, fields: impl Into<String>) -> Self {
        self.fields = fields.into();
        self
    }

    /// The path that reads them, with what else is asked.
    pub(super) fn path(&self, kind: &Kind, more: &[(&str, &str)]) -> Result<String> {
        let mut pairs = more.to_vec();
        if !self.labels.is_empty() {
            pairs.push(("labelSelector", &self.labels));
        }
        if !self.fields.is_empty() {
            pairs.push(("fieldSelector", &self.fields));
        }
        Ok(with_query(&kind.path(self.namespace.as_deref())?, &pairs))
    }
}

/// Objects of a list, kept as text.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    items: Vec<Box<RawValue>>,
    /// The version of the whole the list shows; a watch goes on from there.
    pub version: String,
    api: String,
    kind: String,
}

impl Objects {
    /// Objects of this kind from their texts, for whoever has them already; what is no JSON is left out.
    pub fn of(api: &str, kind: &str, texts: impl IntoIterator<Item = String>) -> Self {
        let items = texts.into_iter().filter_map(|text| RawValue::from_string(text).ok()).collect();
        Self { items, version: String::new(), api: api.to_owned(), kind: kind.to_owned() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many bytes of text they are.
    pub fn bytes(&self) -> usize {
        self.items.iter().map(|item| item.get().len()).sum()
    }

    /// The object at this place, as [`Cluster::get`] gives it.
    pub fn get(&self, at: usize) -> Option<Value> {
        self.items.get(at).map(|item| self.read(item))
    }

    /// The text of the object at this place, as the server sent it.
    pub fn text(&self, at: usize) -> Option<&str> {
        self.items.get(at).map(|item| item.get())
    }

    /// All of them, one at a time.
    pub fn iter(&self) -> impl Iterator<Item = Value> {
        self.items.iter().map(|item| self.read(item))
    }

    /// Entries of a list do not say what they are; an object does.
    fn read(&self, item: &RawValue) -> Value {
        let read = plain::read(item.get());
        // What nests deeper than anything a cluster keeps stays text.
        let mut object = read.map_or_else(|_| Value::from(item.get()), plain_object);
        if let Value::Map(map) = &mut object {
            map.entry("apiVersion".into()).or_insert_with(|| Value::from(self.api.as_str()));
            map.entry("kind".into()).or_insert_with(|| Value::from(self.kind.as_str()));
        }
        object
    }
}

/// A list that is read page by page.
pub struct Pages<'a> {
    cluster: &'a Cluster,
    select: &'a Select,
    kind: Kind,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    metadata: Meta,
    #[serde(default)]
    items: Option<Vec<Box<RawValue>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    resource_version: String,
    #[serde(rename = "continue")]
    next: String,
}

impl Pages<'_> {
    /// The next page; nothing after the last one. `kube.gone` where the server cannot go on: then the list has to be
    /// begun again.
    pub async fn next(&mut self) -> Result<Option<Objects>> {
        let Some(token) = self.next.take() else { return Ok(None) };
        let size = if self.select.page == 0 { PAGE } else { self.select.page }.to_string();
        let mut more = vec![("limit", size.as_str())];
        if !token.is_empty() {
            more.push(("continue", &token));
        }
        let call = Call::get(self.select.path(&self.kind, &more)?).on(format!("the list of {}", self.kind.plural));
        let text = self.cluster.text(&call).await?;
        let page: Page = serde_json::from_str(&text).map_err(|trouble| error::garbled(&call, &trouble))?;
        self.next = Some(page.metadata.next).filter(|next| !next.is_empty());
        Ok(Some(Objects {
            items: page.items.unwrap_or_default(),
            version: page.metadata.resource_version,
            api: self.kind.api(),
            kind: self.kind.name.clone(),
        }))
    }
}

impl Cluster {
    /// The objects page by page.
    pub async fn pages<'a>(&'a self, select: &'a Select) -> Result<Pages<'a>> {
        let kind = self.kind(&select.kind).await?;
        able(&kind, "list")?;
        Ok(Pages { cluster: self, select, kind, next: Some(String::new()) })
    }

    /// All the objects. Begun again where the server cannot go on with what it began.
    pub async fn list(&self, select: &Select) -> Result<Objects> {
        let mut beginnings = 1;
        loop {
            match self.whole_list(select).await {
                Err(failure) if failure.code == code::KUBE_GONE && beginnings < BEGINNINGS => beginnings += 1,
                answer => return answer,
            }
        }
    }

    async fn whole_list(&self, select: &Select) -> Result<Objects> {
        let mut pages = self.pages(select).await?;
        let mut all = Objects::default();
        while let Some(page) = pages.next().await? {
            if all.items.is_empty() {
                all = page;
            } else {
                all.items.extend(page.items);
            }
        }
        all.items.shrink_to_fit();
        Ok(all)
    }
}
