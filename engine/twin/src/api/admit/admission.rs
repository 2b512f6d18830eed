//! The admission of one write: first what changes the object, then, when it is valid, what judges it.

use super::super::kinds::{named, stored};
use super::super::request::Heard;
use super::super::write::Job;
use super::hooks::{self, Attempt, Sort};
use super::{create, update};
use crate::json::Value;
use crate::laws::admission::limits;
use crate::rules;
use crate::world::{Ask, Key, Object, Refusal, World};
use std::cell::RefCell;
use std::slice::Iter;

/// The admission of one write.
pub(crate) struct Admission<'a> {
    job: &'a Job<'a>,
    before: Option<&'a Object>,
    shown: Option<&'a Value>,
    world: RefCell<&'a mut World>,
    heard: RefCell<Iter<'a, Heard>>,
    warnings: RefCell<Vec<String>>,
    ask: RefCell<Option<Box<Ask>>>,
}

impl<'a> Admission<'a> {
    pub(crate) fn new(
        world: &'a mut World,
        job: &'a Job<'a>,
        before: Option<&'a Object>,
        shown: Option<&'a Value>,
    ) -> Self {
        let heard = RefCell::new(job.request.heard.iter());
        let (warnings, ask) = (RefCell::default(), RefCell::default());
        Self { job, before, shown, world: RefCell::new(world), heard, warnings, ask }
    }

    /// Changes the object as the server and the webhooks do.
    pub(crate) fn change(&self, value: &mut Value) -> Result<(), rules::Refusal> {
        let managers = value["metadata"].as_object_mut().and_then(|metadata| metadata.remove("managedFields"));
        let mut object = Object::new(std::mem::take(value));
        let mut world = self.world.borrow_mut();
        let (served, sub, user) = (self.job.served, &self.job.target.sub, &self.job.request.user);
        match self.before {
            Some(before) => update(&mut world, served, before, &mut object, sub, user)?,
            None => {
                world.may_create_in(&named(served), object.namespace(), object.name())?;
                create(&mut world, served, &mut object, user)?;
            }
        }
        *value = object.into_plain();
        if let (Some(managers), Some(metadata)) = (managers, value["metadata"].as_object_mut()) {
            metadata.insert("managedFields".to_owned(), managers);
        }
        self.hooks(&mut world, Sort::Mutating, value)
    }

    /// Refuses an object that is valid and yet may not be.
    pub(crate) fn judge(&self, value: &Value) -> Result<(), rules::Refusal> {
        let mut world = self.world.borrow_mut();
        let object = Object::new(value.clone());
        if self.before.is_none() {
            limits::check(&world, &stored(self.job.served), &object)?;
        }
        if let Some(before) = self.before {
            super::grown(&world, self.job.served, &self.job.target.sub, before, &object)?;
        }
        self.hooks(&mut world, Sort::Validating, &mut value.clone())?;
        let kind = stored(self.job.served);
        let key = Key::new(kind.clone(), object.namespace(), object.name());
        if self.before.is_none() && world.at(&key).is_none() {
            crate::laws::quota::charge(&mut world, &kind, &object)?;
        }
        Ok(())
    }

    fn hooks(&self, world: &mut World, sort: Sort, value: &mut Value) -> Result<(), rules::Refusal> {
        if !hooks::any(world) {
            return Ok(());
        }
        let job = self.job;
        let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        let name = value["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let attempt = Attempt {
            operation: if self.before.is_some() { "UPDATE" } else { "CREATE" },
            served: job.served,
            sub: &job.target.sub,
            namespace: &namespace,
            name: &name,
            user: &job.request.user,
            dry_run: job.options.dry_run,
            manager: &job.options.manager,
            before: self.shown,
        };
        match hooks::ask(world, sort, &attempt, value, &mut self.heard.borrow_mut()) {
            Ok(warnings) => {
                self.warnings.borrow_mut().extend(warnings);
                Ok(())
            }
            Err(mut refusal) => {
                *self.ask.borrow_mut() = refusal.ask.take();
                Err(refusal.into())
            }
        }
    }

    /// What came of the write, with what admission has to say about it.
    pub(crate) fn end(self, outcome: Result<rules::Outcome, rules::Refusal>) -> Result<rules::Outcome, Refusal> {
        let warnings = self.warnings.into_inner();
        match outcome {
            Ok(mut outcome) => {
                outcome.warnings.extend(warnings);
                Ok(outcome)
            }
            Err(mut refusal) => {
                refusal.warnings.extend(warnings);
                Err(Refusal { ask: self.ask.into_inner(), ..refusal.into() })
            }
        }
    }
}
