//! Walking through an object, and what is found wrong on the way.

use serde_json::Value;

/// Something that the webhook refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The field, such as `spec.rules[0].from[1].source`.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) why: String,
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Refusals(pub(super) Vec<Refusal>);

impl Refusals {
    /// Refuses a place if something is wrong there.
    pub(super) fn when(&mut self, wrong: bool, at: &Place<'_>, why: impl Into<String>) {
        if wrong {
            self.0.push(Refusal { field: at.field.clone(), why: why.into() });
        }
    }
}

/// A value and where it stands. A null is a missing value.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) field: String,
    value: &'a Value,
}

impl<'a> Place<'a> {
    pub(super) fn new(field: &str, value: &'a Value) -> Self {
        Place { field: field.to_owned(), value }
    }

    /// A field of an object.
    pub(super) fn get(&self, key: &str) -> Option<Place<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Place { field: format!("{}.{key}", self.field), value })
    }

    /// A field that is there, and more than an empty text, list or object.
    pub(super) fn filled(&self, key: &str) -> Option<Place<'a>> {
        self.get(key).filter(|place| match place.value {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Null => false,
            Value::Bool(_) | Value::Number(_) => true,
        })
    }

    /// Whether one of the fields is filled.
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.filled(key).is_some())
    }

    /// The items of a list; none if the field is no list.
    pub(super) fn items(&self, key: &str) -> Vec<Place<'a>> {
        let Some(place) = self.get(key) else { return Vec::new() };
        let items = place.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| Place { field: format!("{}[{index}]", place.field), value }).collect()
    }

    /// The texts of a list. What is no text there is not the webhook's matter: the schema refuses it.
    pub(super) fn texts(&self, key: &str) -> Vec<Place<'a>> {
        self.items(key).into_iter().filter(|place| place.value.is_string()).collect()
    }

    /// The entries of a map.
    pub(super) fn entries(&self, key: &str) -> Vec<(&'a str, Place<'a>)> {
        let Some(place) = self.get(key) else { return Vec::new() };
        let entries = place.value.as_object().into_iter().flatten();
        let entry = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Place { field: format!("{}.{key}", place.field), value })
        };
        entries.map(entry).collect()
    }

    /// The text that stands here; empty if there is none.
    pub(super) fn text(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// The text of a field; empty if there is none.
    pub(super) fn text_of(&self, key: &str) -> &'a str {
        self.get(key).map(|place| place.text()).unwrap_or_default()
    }

    /// The number of a field.
    pub(super) fn number_of(&self, key: &str) -> Option<f64> {
        self.get(key)?.value.as_f64()
    }
}
