//! One connection of a client: who it is, its sessions, and the bytes between them and the machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, Pty, Sig};

use crate::machines::process::End;
use crate::machines::signal;
use crate::machines::terminal::{Terminal, shown};
use crate::serve::Door;

/// What is known of a connection.
pub(super) struct Connection {
    door: Arc<Door>,
    name: String,
    key: PublicKey,
    user: String,
    channels: BTreeMap<ChannelId, Line>,
}

/// One of its channels.
#[derive(Default)]
struct Line {
    env: Vec<(String, String)>,
    session: Option<u64>,
    /// Where somebody types.
    terminal: Option<Terminal>,
}

type Done = Result<(), russh::Error>;

impl Connection {
    pub(super) fn new(door: Arc<Door>, name: &str, key: PublicKey) -> Self {
        Self { door, name: name.to_owned(), key, user: String::new(), channels: BTreeMap::new() }
    }

    fn knows(&self, user: &str, key: &PublicKey) -> bool {
        let there = |user: &str| {
            self.door.look_at_machine(&self.name, |m| m.users().iter().any(|u| u.name == user)) == Some(true)
        };
        key.key_data() == self.key.key_data() && there(user)
    }

    fn start(&mut self, channel: ChannelId, command: Option<&str>, session: &mut Session) -> Done {
        let Some(line) = self.channels.get_mut(&channel).filter(|line| line.session.is_none()) else {
            return session.channel_failure(channel);
        };
        let typed = line.terminal.is_some();
        let opened = self.door.on_machine(&self.name, |machine| match typed {
            true => machine.open_terminal(&self.user, command, &line.env),
            false => machine.open_session(&self.user, command, &line.env),
        });
        let Some(Ok(id)) = opened else { return session.channel_failure(channel) };
        line.session = Some(id);
        session.channel_success(channel)?;
        tokio::spawn(hand_on(self.door.clone(), self.name.clone(), id, channel, session.handle(), typed));
        Ok(())
    }

    fn session(&self, channel: ChannelId) -> Option<u64> {
        self.channels.get(&channel)?.session
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for id in self.channels.values().filter_map(|line| line.session) {
            self.door.on_machine(&self.name, |machine| machine.hang_up(id));
        }
    }
}

/// Hands on what a session prints, until its end.
async fn hand_on(door: Arc<Door>, name: String, id: u64, channel: ChannelId, handle: Handle, typed: bool) {
    let mut changes = door.stirs();
    loop {
        changes.borrow_and_update();
        door.reach(&name).await;
        let Some(mut heard) = door.look_at_machine(&name, |machine| machine.hear(id)) else { return };
        let quiet = heard.out.is_empty() && heard.err.is_empty() && heard.ended.is_none();
        if heard.out.len() + heard.err.len() >= 1 << 20 {
            // There is room again for whoever writes.
            door.on_machine(&name, |_| ());
        }
        if typed {
            heard.out = shown(&heard.out);
        }
        if !heard.out.is_empty() && handle.data(channel, heard.out).await.is_err() {
            return;
        }
        if !heard.err.is_empty() && handle.extended_data(channel, 1, heard.err).await.is_err() {
            return;
        }
        if let Some(end) = heard.ended {
            let _ = match end {
                End::Code(code) => handle.exit_status_request(channel, (code & 0xff) as u32).await,
                End::Signal(number) => {
                    handle.exit_signal_request(channel, sent(number), false, String::new(), String::new()).await
                }
            };
            let _ = handle.eof(channel).await;
            let _ = handle.close(channel).await;
            return;
        }
        if quiet && changes.changed().await.is_err() {
            return;
        }
    }
}

fn sent(number: i32) -> Sig {
    match number {
        1 => Sig::HUP,
        2 => Sig::INT,
        6 => Sig::ABRT,
        9 => Sig::KILL,
        13 => Sig::PIPE,
        15 => Sig::TERM,
        _ => Sig::Custom(signal::name(number).unwrap_or("KILL").to_owned()),
    }
}

impl Handler for Connection {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(if self.knows(user, offer.public_key) { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        if !self.knows(user, key.public_key) {
            return Ok(Auth::reject());
        }
        user.clone_into(&mut self.user);
        Ok(Auth::Accept)
    }

    async fn channel_open_session(&mut self, channel: Channel<Msg>, reply: ChannelOpenHandle, _: &mut Session) -> Done {
        self.channels.insert(channel.id(), Line::default());
        reply.accept().await;
        Ok(())
    }

    async fn env_request(&mut self, channel: ChannelId, name: &str, value: &str, session: &mut Session) -> Done {
        // As a server does that was told `AcceptEnv LANG LC_*`.
        let taken = name == "LANG" || name.starts_with("LC_");
        if let Some(line) = self.channels.get_mut(&channel).filter(|_| taken) {
            line.env.push((name.to_owned(), value.to_owned()));
            return session.channel_success(channel);
        }
        session.channel_failure(channel)
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Done {
        let Some(line) = self.channels.get_mut(&channel).filter(|line| line.session.is_none()) else {
            return session.channel_failure(channel);
        };
        line.env.push(("TERM".to_owned(), term.to_owned()));
        line.terminal = Some(Terminal::default());
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Done {
        self.start(channel, None, session)
    }

    async fn exec_request(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Done {
        let command = crate::machines::text::from_bytes(data);
        self.start(channel, Some(&command), session)
    }

    async fn subsystem_request(&mut self, channel: ChannelId, name: &str, session: &mut Session) -> Done {
        if name == "sftp" {
            return self.start(channel, Some("exec /usr/lib/openssh/sftp-server"), session);
        }
        session.channel_failure(channel)
    }

    async fn data(&mut self, channel: ChannelId, data: &[u8], session: &mut Session) -> Done {
        self.door.reach(&self.name).await;
        let Some(line) = self.channels.get_mut(&channel) else { return Ok(()) };
        let Some(id) = line.session else { return Ok(()) };
        let Some(terminal) = &mut line.terminal else {
            self.door.on_machine(&self.name, |machine| machine.feed(id, data));
            return Ok(());
        };
        let typed = terminal.typed(data);
        session.data(channel, typed.shown)?;
        self.door.on_machine(&self.name, |machine| {
            machine.feed(id, &typed.given);
            if typed.breaks {
                machine.signal_session(id, signal::INT);
            }
            if typed.ends {
                machine.end_input(id);
            }
        });
        Ok(())
    }

    async fn channel_eof(&mut self, channel: ChannelId, _: &mut Session) -> Done {
        if let Some(id) = self.session(channel) {
            self.door.on_machine(&self.name, |machine| machine.end_input(id));
        }
        Ok(())
    }

    async fn channel_close(&mut self, channel: ChannelId, _: &mut Session) -> Done {
        if let Some(id) = self.channels.remove(&channel).and_then(|line| line.session) {
            self.door.on_machine(&self.name, |machine| machine.hang_up(id));
        }
        Ok(())
    }

    async fn signal(&mut self, channel: ChannelId, which: Sig, _: &mut Session) -> Done {
        let word = format!("{which:?}");
        if let (Some(id), Some(number)) = (self.session(channel), signal::number(&word)) {
            self.door.on_machine(&self.name, |machine| machine.signal_session(id, number));
        }
        Ok(())
    }
}
