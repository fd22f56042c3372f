//! Locks and digests in a table.

use std::sync::Arc;

use plumb_state::{BackendError, LockInfo};
use serde_json::{Value, json};

use super::objects::Made;
use crate::aws::{AwsClient, AwsError, AwsRequest, Service};

/// The table, whose key is `LockID`.
pub(super) struct LockTable {
    pub(super) client: Arc<AwsClient>,
    pub(super) name: String,
}

impl LockTable {
    /// Takes a lock, where nobody has it.
    pub(super) fn lock(&self, path: &str, info: &LockInfo) -> Result<Made, BackendError> {
        let question = json!({
            "TableName": self.name,
            "Item": { "LockID": { "S": path }, "Info": { "S": info.to_json() } },
            "ConditionExpression": "attribute_not_exists(LockID)",
        });
        match self.ask("PutItem", &question) {
            Ok(_) => Ok(Made::Yes),
            Err(error) if error.code == "ConditionalCheckFailedException" => Ok(Made::Taken),
            Err(error) => Err(self.failed("lock", &error)),
        }
    }

    /// Who has a lock, as it was written; `None` where nobody has it.
    pub(super) fn holder(&self, action: &'static str, path: &str) -> Result<Option<String>, BackendError> {
        self.get(path, "Info").map_err(|error| self.failed(action, &error))
    }

    /// Gives a lock back that is held by whoever has written this.
    pub(super) fn unlock(&self, path: &str, info: &str) -> Result<(), BackendError> {
        let question = json!({
            "TableName": self.name,
            "Key": { "LockID": { "S": path } },
            "ConditionExpression": "Info = :info",
            "ExpressionAttributeValues": { ":info": { "S": info } },
        });
        self.ask("DeleteItem", &question).map(drop).map_err(|error| self.failed("unlock", &error))
    }

    /// What the state was when it was written last, in hexadecimal digits; `None` where nobody knows.
    pub(super) fn digest(&self, path: &str) -> Option<String> {
        // Not knowing it must not keep anybody from reading.
        self.get(&format!("{path}-md5"), "Digest").ok().flatten().filter(|digest| digest.len() == 32)
    }

    pub(super) fn set_digest(&self, path: &str, digest: &str) -> Result<(), BackendError> {
        let question = json!({
            "TableName": self.name,
            "Item": { "LockID": { "S": format!("{path}-md5") }, "Digest": { "S": digest } },
        });
        self.ask("PutItem", &question).map(drop).map_err(|error| self.failed("write", &error))
    }

    pub(super) fn forget_digest(&self, path: &str) -> Result<(), BackendError> {
        let question = json!({ "TableName": self.name, "Key": { "LockID": { "S": format!("{path}-md5") } } });
        self.ask("DeleteItem", &question).map(drop).map_err(|error| self.failed("remove", &error))
    }

    fn get(&self, key: &str, attribute: &str) -> Result<Option<String>, AwsError> {
        let question = json!({
            "TableName": self.name,
            "Key": { "LockID": { "S": key } },
            "ProjectionExpression": format!("LockID, {attribute}"),
            "ConsistentRead": true,
        });
        let answer = self.ask("GetItem", &question)?;
        Ok(answer["Item"][attribute]["S"].as_str().map(str::to_owned))
    }

    fn ask(&self, operation: &str, question: &Value) -> Result<Value, AwsError> {
        let body = question.to_string();
        let request = AwsRequest {
            method: "POST",
            headers: vec![
                ("content-type".to_owned(), "application/x-amz-json-1.0".to_owned()),
                ("x-amz-target".to_owned(), format!("DynamoDB_20120810.{operation}")),
            ],
            body: body.as_bytes(),
            ..AwsRequest::default()
        };
        let answer = self.client.ask(Service::DynamoDb, &request)?;
        if answer.status != 200 {
            return Err(AwsError::of_json(answer.status, &answer.body));
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    fn failed(&self, action: &'static str, error: &AwsError) -> BackendError {
        let advice = match error.code.as_str() {
            "ResourceNotFoundException" => {
                "There is no such table. Make one whose partition key is LockID, a string, or take use_lockfile = true in \
                 place of dynamodb_table."
            }
            _ => "",
        };
        BackendError::Storage {
            action,
            place: format!("the table {:?} of DynamoDB", self.name),
            cause: error.to_string().into(),
            advice: advice.to_owned(),
        }
    }
}
