//! What the twin knows of images: a catalogue that no door shows.

use super::{Key, World};
use crate::json::{Text, Value};

impl World {
    /// What is said of an image; null when nothing.
    ///
    /// The object `images` of the kind `catalogues.twin` has them under `images`, by name, or by prefix with a star. Of each
    /// `pull`, `missing`, `size`, `ready`, `exits`, `after` and `stops` say how containers of it behave; `says` are the lines
    /// they write when they start, `log` is a file in them whose lines are theirs too, `env` is what they find in their
    /// environment; `{pod}` and `{container}` stand for their names; `shell` is false where there are no programs in it, `programs` is false where an agent of Cilium cannot have its own compiled.
    #[must_use]
    pub fn image(&self, image: &str) -> &Value {
        const NOTHING: &Value = &Value::Null;
        let Some(images) = self.at(&Key::new("catalogues.twin", "", "images")).and_then(|it| it["images"].as_object())
        else {
            return NOTHING;
        };
        if let Some(entry) = images.get(image) {
            return entry;
        }
        let fits = |name: &&Text| name.strip_suffix('*').is_some_and(|prefix| image.starts_with(prefix));
        images.keys().filter(fits).max_by_key(|name| name.len()).map_or(NOTHING, |name| &images[name])
    }
}
