//! The line to a host that others ask.

use std::collections::HashMap;

use plumb_host::{Answer, Host, HostError, Login, Question};

use crate::fleet::Connect;

/// The line to a host that others ask, and what it has said.
#[derive(Default)]
pub(crate) struct Line {
    host: Option<Host>,
    /// Whether things are done there, so that it is worth keeping.
    is_kept: bool,
    /// Why it cannot be reached.
    failure: Option<String>,
    answers: HashMap<Question, Vec<(Login, Answer)>>,
}

impl Line {
    /// Connects, unless that is done, or has failed before: whoever cannot be reached is not tried by each that asks.
    pub(super) async fn connect(&mut self, connect: &dyn Connect) -> Result<&mut Host, String> {
        if let Some(why) = &self.failure {
            return Err(why.clone());
        }
        if self.host.is_none() {
            match connect.connect().await {
                Ok(host) => self.host = Some(host),
                Err(why) => {
                    self.failure = Some(why.clone());
                    return Err(why);
                }
            }
        }
        // It has just been put there.
        self.host.as_mut().ok_or_else(|| "it is gone".to_owned())
    }

    /// Who is there.
    pub(crate) fn host(&mut self) -> Option<&mut Host> {
        self.host.as_mut()
    }

    pub(super) async fn ask(
        &mut self,
        connect: &dyn Connect,
        login: &Login,
        questions: &[Question],
    ) -> Result<Vec<Answer>, String> {
        let new: Vec<Question> =
            questions.iter().filter(|question| self.answer(login, question).is_none()).cloned().collect();
        if !new.is_empty() {
            let answers = match self.connect(connect).await?.ask(login, &new).await {
                Err(HostError::Shell(why)) if why.is_lost() => {
                    // It may have been kept for long.
                    self.host = None;
                    self.connect(connect).await?.ask(login, &new).await
                }
                asked => asked,
            };
            if answers.is_err() {
                self.hang_up();
            }
            let answers = answers.map_err(|why| why.to_string())?;
            for (question, answer) in new.into_iter().zip(answers) {
                self.answers.entry(question).or_default().push((login.clone(), answer));
            }
        }
        let known = |question| self.answer(login, question).cloned();
        questions
            .iter()
            .map(|question| known(question).ok_or_else(|| "it did not answer".to_owned()))
            .collect()
    }

    fn answer(&self, login: &Login, question: &Question) -> Option<&Answer> {
        let answers = self.answers.get(question)?;
        answers.iter().find(|(of, _)| of == login).map(|(_, answer)| answer)
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        self.answers.clear();
    }

    /// The connection is worth keeping.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }

    /// The connection is not kept, unless it is worth it.
    pub(super) fn let_go(&mut self) {
        if !self.is_kept {
            self.host = None;
        }
    }

    /// The connection is of no use any more.
    pub(crate) fn hang_up(&mut self) {
        self.host = None;
    }
}
