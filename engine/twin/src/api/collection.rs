//! Deleting all objects of a collection that a selection takes.

use super::answer::Answer;
use super::kinds::{Served, stored};
use super::request::Request;
use super::target::Target;
use super::{accept, admit, delete, encode, list, options, select};
use crate::world::{Key, Refusal, World};
use std::sync::Arc;

pub(crate) fn collection(
    world: &mut World,
    served: &Arc<Served>,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted_of_many(request)?;
    let (how, dry_run) = options::deletion(request)?;
    list::check(&request.query)?;
    let selection = select::read(&request.query, served)?;
    let kind = stored(served);
    let namespace = target.namespace_of(served);
    let (objects, meta) = list::page(world, served, &namespace, &selection, &request.query)?;
    let mut copy = dry_run.then(|| world.clone());
    let world = copy.as_mut().unwrap_or(world);
    let keys: Vec<Key> =
        objects.iter().map(|object| Key::new(kind.clone(), object.namespace(), object.name())).collect();
    // All are judged before the first goes: somebody may have to be asked, and then all begins anew.
    let mut heard = request.heard.iter();
    for key in &keys {
        admit::delete(world, served, key, "", request, dry_run, &mut heard)?;
    }
    for key in keys {
        delete::one(world, served, &key, &how)?;
    }
    Ok(encode::list(served, world.now(), objects, meta, wanted, &request.query))
}
