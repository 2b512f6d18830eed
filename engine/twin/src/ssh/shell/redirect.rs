//! Redirections: opened, duplicated, put back.

use super::Shell;
use super::ast::{How, Redirect};
use super::expand::{Answer, Expansion, Stop};
use super::turn::move_fd;
use crate::machines::errno::Errno;
use crate::machines::files::At;
use crate::machines::sys::{Mode, Sys};

/// A redirection whose word is known.
#[derive(Clone, Debug)]
pub(super) struct Target {
    fd: i32,
    how: How,
    word: String,
}

/// What redirections put aside.
pub(super) type Saved = Vec<(i32, Option<i32>)>;

impl Shell {
    /// Expands the words of redirections.
    pub(super) fn targets(
        &mut self,
        redirects: &[Redirect],
        answers: &[Answer],
        sys: &mut Sys<'_>,
    ) -> Result<Vec<Target>, Stop> {
        let mut expansion = Expansion::new(self, sys, answers);
        expand_targets(&mut expansion, redirects)
    }

    /// Does them all in this process; puts aside what was there where `save` says so. Nothing where one cannot be done,
    /// which was said then, and everything is as before.
    pub(super) fn redirect(&mut self, targets: &[Target], save: bool, sys: &mut Sys<'_>) -> Option<Saved> {
        let mut saved = Saved::new();
        for target in targets {
            if save && !saved.iter().any(|(fd, _)| *fd == target.fd) {
                saved.push((target.fd, put_aside(target.fd, sys)));
            }
            if let Err(why) = self.apply(target, sys) {
                self.undo(saved, sys);
                self.complain(sys, &why);
                return None;
            }
        }
        Some(saved)
    }

    fn apply(&mut self, target: &Target, sys: &mut Sys<'_>) -> Result<(), String> {
        let word = &target.word;
        let mode = match target.how {
            How::Dup => return dup(target, sys),
            How::Here => {
                let open = sys.machine.new_text(&crate::machines::text::to_bytes(word));
                sys.install(target.fd, open);
                return Ok(());
            }
            How::Read => Mode::reads(),
            How::Append => Mode::appends(),
            How::Both => Mode { read: true, write: true, create: Some(0o666), ..Mode::default() },
            How::Write if self.opts.noclobber => {
                let is_file = sys.stat(word, true).is_ok_and(|stat| stat.is_file());
                Mode { new: is_file, ..Mode::writes() }
            }
            How::Write | How::Clobber => Mode::writes(),
        };
        let opened = sys.open_path(word, mode);
        match opened {
            Ok(open) => {
                sys.install(target.fd, open);
                Ok(())
            }
            Err(error) => Err(refusal(word, target.how, error, sys)),
        }
    }

    /// Puts back what was put aside.
    pub(super) fn undo(&mut self, saved: Saved, sys: &mut Sys<'_>) {
        for (fd, aside) in saved.into_iter().rev() {
            match aside {
                Some(aside) => {
                    move_fd(sys, aside, fd);
                }
                None => sys.close(fd),
            }
        }
    }
}

/// Expands the words of redirections within an expansion that has begun.
pub(super) fn expand_targets(expansion: &mut Expansion<'_, '_>, redirects: &[Redirect]) -> Result<Vec<Target>, Stop> {
    let mut targets = Vec::new();
    for redirect in redirects {
        targets.push(Target { fd: redirect.fd, how: redirect.how, word: expansion.one(&redirect.word)? });
    }
    Ok(targets)
}

/// Holds on to what is under a descriptor, under one that nobody uses and that no program gets.
fn put_aside(fd: i32, sys: &mut Sys<'_>) -> Option<i32> {
    let open = sys.opened(fd).ok()?;
    let aside = sys.free_from(10);
    sys.install(aside, open);
    sys.change(|me| {
        if let Some(descriptor) = me.fds.get_mut(&aside) {
            descriptor.closes = true;
        }
    });
    Some(aside)
}

fn dup(target: &Target, sys: &mut Sys<'_>) -> Result<(), String> {
    if target.word == "-" {
        sys.close(target.fd);
        return Ok(());
    }
    let Ok(from) = target.word.parse::<i32>() else { return Err("Syntax error: Bad fd number".into()) };
    match sys.opened(from) {
        Ok(open) if from != target.fd => {
            sys.install(target.fd, open);
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{from}: {error}")),
    }
}

fn refusal(word: &str, how: How, error: Errno, sys: &Sys<'_>) -> String {
    let verb = if matches!(how, How::Read) { "open" } else { "create" };
    let why = match (error, how) {
        (Errno::Missing, How::Read) => "No such file",
        (Errno::Missing, _) => "Directory nonexistent",
        (error, _) => error.words(),
    };
    let _ = sys.walk(word, true).map(|spot| spot.at == At::Nothing);
    format!("cannot {verb} {word}: {why}")
}
