//! A shell, and conversations with it.

use async_trait::async_trait;
use bytes::Bytes;

use super::error::ShellError;
use super::login::{Login, question};
use super::mark::Mark;
use super::request::{Event, Reply, Request, SKIPPED, Stream};
use super::script::script;
use super::side::Side;
use crate::transport::{Exit, Input, Output, Program, Said, Transport, TransportError};

/// So much of what was said last is told when a shell ends.
const LAST_WORDS_BYTES: usize = 2048;

/// A shell on a host. It ends when this is dropped, and what it is doing then goes on to its end.
pub struct Shell {
    host: String,
    login: Login,
    input: Box<dyn Input>,
    output: Box<dyn Output>,
    mark: Mark,
    sides: [Side; 2],
    /// The number of the next request; what comes before the first one is the noise of logging in.
    next: u64,
    /// Whether it waits between two conversations.
    is_at_rest: bool,
}

/// What is being done.
struct Conversation<'a> {
    requests: &'a [Request],
    first: u64,
    replies: Vec<Reply>,
    observe: &'a mut (dyn FnMut(usize, Event<'_>) + Send),
}

impl Shell {
    /// Starts a shell. Unless a password may be asked for, it is not waited for: that it cannot be had
    /// shows when something is asked of it.
    pub async fn open(transport: &dyn Transport, login: &Login) -> Result<Self, ShellError> {
        let host = transport.host().to_owned();
        let random = || {
            let no_random = |why| TransportError::not_started(&*host, format!("no random numbers: {why}"));
            Mark::random().map_err(no_random)
        };
        let (mark, question) = (random()?, question(random()?.text()));
        let Program { input, output } = transport.start(&login.line(mark.text(), &question)).await?;
        let sides = [Side::new(&mark), Side::new(&mark)];
        let mut shell =
            Shell { host, login: login.clone(), input, output, mark, sides, next: 1, is_at_rest: true };
        if let Some(password) = login.password() {
            shell.give_password(&question, password.reveal()).await?;
        }
        let header = shell.header();
        // It may have ended already; why, is read when something is asked of it.
        let _ = shell.input.send(header).await;
        Ok(shell)
    }

    /// Whether something can be asked of it.
    pub fn is_at_rest(&self) -> bool {
        self.is_at_rest
    }

    /// Has all of this done, in order, and hands on what is written while it is. The replies are as many as
    /// the requests.
    pub async fn run(
        &mut self,
        requests: &[Request],
        observe: &mut (dyn FnMut(usize, Event<'_>) + Send),
    ) -> Result<Vec<Reply>, ShellError> {
        if !std::mem::replace(&mut self.is_at_rest, false) {
            return Err(ShellError::Abandoned { host: self.host.clone() });
        }
        let text = script(self.next, requests);
        let first = self.next;
        self.next += requests.len() as u64;
        let mut conversation =
            Conversation { requests, first, replies: Vec::with_capacity(requests.len()), observe };
        let (mut exit, mut lost) = (None, None);
        {
            let sending = self.input.send(text);
            let mut sending = std::pin::pin!(sending);
            let mut is_sent = false;
            while conversation.replies.len() < requests.len() {
                let said = tokio::select! {
                    // What cannot be sent has a reason that is said on the other side.
                    _ = &mut sending, if !is_sent => {
                        is_sent = true;
                        continue;
                    }
                    said = self.output.next() => said,
                };
                match said {
                    Some(Said::Output(bytes)) => conversation.take(&mut self.sides, Stream::Output, &bytes),
                    Some(Said::Errors(bytes)) => conversation.take(&mut self.sides, Stream::Errors, &bytes),
                    Some(Said::Ended(ending)) => exit = Some(ending),
                    Some(Said::Lost(error)) => lost = Some(error),
                    None => break,
                }
            }
        }
        let Conversation { replies, .. } = conversation;
        if replies.len() < requests.len() {
            if let Some(error) = lost {
                return Err(ShellError::Lost { at: replies.len(), error });
            }
            return Err(self.ended(replies.len(), exit.unwrap_or(Exit::Unknown)));
        }
        self.is_at_rest = true;
        Ok(replies)
    }

    /// Has it become this program: what it says from then on is the program's, and what it is sent, too.
    pub async fn turned_into(mut self, line: &str) -> Result<Program, ShellError> {
        let ready = Mark::random()
            .map_err(|why| TransportError::not_started(&*self.host, format!("no random numbers: {why}")))?;
        let ready = format!("{}\n", ready.text());
        // A shell reads ahead. So nothing more is sent before it has said that it has read this.
        self.input.send(format!("printf '%s' '{ready}'; exec {line}\n").into()).await?;
        let (mut heard, mut errors, mut said) = (Vec::new(), Vec::new(), Vec::new());
        let rest = loop {
            match self.output.next().await {
                Some(Said::Output(bytes)) => {
                    heard.extend_from_slice(&bytes);
                    if let Some(at) = memchr::memmem::find(&heard, ready.as_bytes()) {
                        break heard.split_off(at + ready.len());
                    }
                }
                // The two streams keep no order: the program may have said this already.
                Some(Said::Errors(bytes)) => {
                    errors.extend_from_slice(&bytes);
                    said.extend_from_slice(&behind_noise(&mut self.sides[1], &bytes));
                }
                Some(Said::Ended(exit)) => return Err(self.no_shell(exit, &errors)),
                Some(Said::Lost(error)) => return Err(error.into()),
                None => return Err(self.no_shell(Exit::Unknown, &errors)),
            }
        };
        let mut heard = Vec::new();
        if !said.is_empty() {
            heard.push(Said::Errors(said.into()));
        }
        if !rest.is_empty() {
            heard.push(Said::Output(rest.into()));
        }
        let [_, errors] = self.sides;
        Ok(Program { input: self.input, output: Box::new(Begun { heard, errors, then: self.output }) })
    }

    /// What is said before everything else.
    fn header(&self) -> Bytes {
        let mark = self.mark.text();
        // Where a password may be asked for, it has said so already.
        let begins = match self.login.password() {
            Some(_) => String::new(),
            None => format!("printf '%s 0 0\\n' {mark}\n"),
        };
        // Who is not root by logging in often lacks the directories of root's programs.
        let text = format!(
            "{begins}plumb_end() {{ set -- $1 $? $2; [ $2 = 0 ] || plumb_go=$3; \
             printf '%s %d %d\\n' {mark} $1 $2; printf '%s %d %d\\n' {mark} $1 $2 >&2; }}\n\
             plumb_skip() {{ printf '%s %d {SKIPPED}\\n' {mark} $1; printf '%s %d {SKIPPED}\\n' {mark} $1 >&2; }}\n\
             if command -v sha256sum >/dev/null 2>&1; then plumb_sum() {{ sha256sum \"$@\"; }}\n\
             elif command -v shasum >/dev/null 2>&1; then plumb_sum() {{ shasum -a 256 \"$@\"; }}\n\
             else plumb_sum() {{ openssl dgst -sha256 -r \"$@\" | sed 's/ \\*stdin$/  -/; s/ \\*/  /'; }}; fi\n\
             PATH=${{PATH:-/usr/local/bin:/usr/bin:/bin}}:/usr/local/sbin:/usr/sbin:/sbin; export PATH\n\
             printf '%s 0 0\\n' {mark} >&2\n"
        );
        text.into()
    }

    /// Waits for the question or for the shell, whichever comes.
    async fn give_password(&mut self, question: &str, password: &str) -> Result<(), ShellError> {
        let (mut asked, mut heard) = (0, Vec::new());
        loop {
            match self.output.next().await {
                Some(Said::Output(bytes)) => {
                    self.output_side().take(&bytes, |_| LAST_WORDS_BYTES, |_, _| {});
                    if self.output_side().has_begun() {
                        return Ok(());
                    }
                }
                Some(Said::Errors(bytes)) => {
                    heard.extend_from_slice(&bytes);
                    let questions = memchr::memmem::find_iter(&heard, question).count();
                    if questions > asked {
                        if asked > 0 {
                            return Err(self.no_password(true));
                        }
                        asked = questions;
                        self.input.send(format!("{password}\n").into()).await?;
                    }
                }
                Some(Said::Ended(exit)) => return Err(self.no_shell(exit, &heard)),
                Some(Said::Lost(error)) => return Err(error.into()),
                None => return Err(self.no_shell(Exit::Unknown, &heard)),
            }
        }
    }

    fn output_side(&mut self) -> &mut Side {
        &mut self.sides[0]
    }

    fn no_password(&self, is_wrong: bool) -> ShellError {
        ShellError::Password { host: self.host.clone(), login: self.login.to_string(), is_wrong }
    }

    fn no_shell(&self, exit: Exit, said: &[u8]) -> ShellError {
        ShellError::NoShell {
            host: self.host.clone(),
            login: self.login.to_string(),
            exit,
            said: last_words(said),
        }
    }

    fn ended(&mut self, at: usize, exit: Exit) -> ShellError {
        let has_begun = self.output_side().has_begun();
        let said: Vec<u8> = self.sides.iter_mut().flat_map(Side::rest).collect();
        if !has_begun {
            return self.no_shell(exit, &said);
        }
        ShellError::Ended { host: self.host.clone(), at, exit, said: last_words(&said) }
    }
}

impl Conversation<'_> {
    fn take(&mut self, sides: &mut [Side; 2], stream: Stream, bytes: &[u8]) {
        let place = |number: u64| number.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        let requests = self.requests;
        let kept = |number| {
            let request = place(number).and_then(|at| requests.get(at));
            request.map_or(LAST_WORDS_BYTES, Request::kept_bytes_max)
        };
        let side = &mut sides[if stream == Stream::Output { 0 } else { 1 }];
        side.take(bytes, kept, |number, bytes| {
            if let Some(at) = place(number) {
                (self.observe)(at, Event::Wrote(stream, bytes));
            }
        });
        let [output, errors] = sides;
        while let (Some(_), Some(_)) = (output.done.front(), errors.done.front()) {
            let (Some(output), Some(errors)) = (output.done.pop_front(), errors.done.pop_front()) else {
                return;
            };
            let reply = Reply {
                status: output.status,
                output: output.bytes,
                errors: errors.bytes,
                is_cut: output.is_cut || errors.is_cut,
                is_skipped: output.status == SKIPPED,
            };
            (self.observe)(self.replies.len(), Event::Ended(&reply));
            self.replies.push(reply);
        }
    }
}

/// What a program says, the beginning of which was heard already.
struct Begun {
    heard: Vec<Said>,
    /// On which the noise of logging in may still be to come.
    errors: Side,
    then: Box<dyn Output>,
}

#[async_trait]
impl Output for Begun {
    async fn next(&mut self) -> Option<Said> {
        if let Some(said) = self.heard.pop() {
            return Some(said);
        }
        loop {
            let (said, is_over) = match self.then.next().await {
                Some(Said::Errors(bytes)) => (behind_noise(&mut self.errors, &bytes), false),
                None => (self.errors.rest(), true),
                other => return other,
            };
            if !said.is_empty() {
                return Some(Said::Errors(said.into()));
            }
            if is_over {
                return None;
            }
        }
    }
}

/// What of this comes behind the noise of logging in.
fn behind_noise(side: &mut Side, bytes: &[u8]) -> Vec<u8> {
    let mut said = Vec::new();
    side.take(
        bytes,
        |_| 0,
        |number, piece| {
            if number > 0 {
                said.extend_from_slice(piece);
            }
        },
    );
    said
}

/// The last of what was said, as text.
fn last_words(said: &[u8]) -> String {
    let last = &said[said.len().saturating_sub(LAST_WORDS_BYTES)..];
    String::from_utf8_lossy(last).into_owned()
}
