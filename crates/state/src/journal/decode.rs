//! Records from JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, DeposedKey, ProviderConfigAddress};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Action, Begin, Decision, Identity, Intent, ObjectChange, OpenIntent, Record, StepId, StepResult,
};
use crate::file::{OutputForm, read_checks};
use crate::{Digest, Object};

/// The fields of all kinds of records; each kind has some of them.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct RecordForm<'a> {
    kind: String,
    format: Option<u64>,
    run: Option<Arc<str>>,
    lineage: Option<Arc<str>>,
    serial: Option<u64>,
    snapshot: Option<Digest>,
    plan: Option<Digest>,
    command: Option<Arc<str>>,
    who: Option<Arc<str>>,
    created: Option<Arc<str>>,
    step: Option<Arc<str>>,
    address: Option<String>,
    deposed: Option<Arc<str>>,
    action: Option<String>,
    provider: Option<String>,
    identity: Option<IdentityForm>,
    failure: Option<Arc<str>>,
    decision: Option<String>,
    text: Option<Arc<str>>,
    #[serde(default, borrow)]
    changes: Option<Vec<ChangeForm<'a>>>,
    #[serde(default, borrow)]
    outputs: Option<BTreeMap<String, Option<OutputForm<'a>>>>,
    #[serde(default, borrow)]
    checks: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct IdentityForm {
    attribute: Arc<str>,
    value: Arc<str>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct ChangeForm<'a> {
    address: String,
    deposed: Option<Arc<str>>,
    provider: String,
    prior: Option<Digest>,
    #[serde(default, borrow)]
    object: Option<&'a RawValue>,
}

impl Record {
    /// Reads what [`Record::to_json`] wrote.
    pub fn from_json(json: &str) -> Result<Record, String> {
        let form: RecordForm<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
        form.record()
    }
}

fn required<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("{name} is missing"))
}

impl RecordForm<'_> {
    fn record(self) -> Result<Record, String> {
        match self.kind.as_str() {
            "begin" => self.begin(),
            "intent" => Ok(Record::Intent(self.intent()?)),
            "carried" => {
                let run = required(self.run.clone(), "run")?;
                let begun = self.created.clone().unwrap_or_default();
                Ok(Record::Carried(OpenIntent { run, begun, intent: self.intent()? }))
            }
            "result" => {
                let changes: Result<Vec<ObjectChange>, String> =
                    self.changes.unwrap_or_default().into_iter().map(ChangeForm::change).collect();
                let step = StepId(required(self.step, "step")?);
                Ok(Record::Result(StepResult { step, changes: changes?, failure: self.failure }))
            }
            "resolved" => {
                let decision = required(self.decision, "decision")?;
                let decision = Decision::from_name(&decision)
                    .ok_or_else(|| format!("the decision {decision:?} is not known"))?;
                let step = StepId(required(self.step, "step")?);
                Ok(Record::Resolved { run: required(self.run, "run")?, step, decision })
            }
            "outputs" => {
                let outputs: Result<BTreeMap<_, _>, String> = required(self.outputs, "outputs")?
                    .into_iter()
                    .map(|(name, form)| Ok((name.into(), form.map(OutputForm::output).transpose()?)))
                    .collect();
                Ok(Record::Outputs(outputs?))
            }
            "checks" => {
                Ok(Record::Checks(self.checks.map_or_else(|| Ok(Vec::new()), |raw| read_checks(raw.get()))?))
            }
            "snapshot" => Ok(Record::Snapshot {
                lineage: required(self.lineage, "lineage")?,
                serial: required(self.serial, "serial")?,
                digest: required(self.snapshot, "snapshot")?,
            }),
            "note" => Ok(Record::Note(required(self.text, "text")?)),
            "end" => Ok(Record::End { serial: required(self.serial, "serial")? }),
            other => Err(format!("the kind {other:?} is not known")),
        }
    }

    fn begin(self) -> Result<Record, String> {
        let format = required(self.format, "format")?;
        if format != super::FORMAT {
            return Err(format!("journal format {format} is not known"));
        }
        Ok(Record::Begin(Begin {
            run: required(self.run, "run")?,
            lineage: self.lineage.unwrap_or_default(),
            serial: self.serial.unwrap_or_default(),
            snapshot: self.snapshot,
            plan: self.plan,
            command: self.command.unwrap_or_default(),
            who: self.who.unwrap_or_default(),
            created: self.created.unwrap_or_default(),
        }))
    }

    fn intent(self) -> Result<Intent, String> {
        let action = required(self.action, "action")?;
        Ok(Intent {
            step: StepId(required(self.step, "step")?),
            address: instance_address(&required(self.address, "address")?)?,
            deposed: self.deposed.map(DeposedKey),
            action: Action::from_name(&action)
                .ok_or_else(|| format!("the action {action:?} is not known"))?,
            provider: provider_address(&required(self.provider, "provider")?)?,
            identity: self
                .identity
                .map(|identity| Identity { attribute: identity.attribute, value: identity.value }),
        })
    }
}

impl ChangeForm<'_> {
    fn change(self) -> Result<ObjectChange, String> {
        let object = self.object.map(|raw| Object::from_json(raw.get())).transpose()?;
        Ok(ObjectChange {
            address: instance_address(&self.address)?,
            deposed: self.deposed.map(DeposedKey),
            provider: provider_address(&self.provider)?,
            prior: self.prior,
            object: object.map(Arc::new),
        })
    }
}

fn instance_address(text: &str) -> Result<AbsResourceInstance, String> {
    AbsResourceInstance::parse(text).map_err(|error| error.to_string())
}

fn provider_address(text: &str) -> Result<ProviderConfigAddress, String> {
    ProviderConfigAddress::parse_any(text).map_err(|error| error.to_string())
}
