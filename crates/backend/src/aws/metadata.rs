//! Keys that the machine or the container is given by who runs it.

use std::net::IpAddr;
use std::time::Duration;

use super::credentials::parse;
use super::{AwsClient, AwsError, AwsOptions, Credentials};
use crate::web::{Answer, agent_through, explain, read, silence_max, trusting};

/// Who runs the machine answers at once, or is not there.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Where containers of ECS and pods of EKS ask, as Amazon's own libraries know it.
const CONTAINER_ADDRESSES: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// Asks the container's service, where there is one, and then the machine's.
pub(super) fn find(client: &AwsClient) -> Result<Credentials, AwsError> {
    let options = client.options();
    if let Some(address) = container_address(options) {
        return of_container(options, &address).map_err(|cause| {
            AwsError::credentials(format!("the container's service at {address}: {cause}"))
        });
    }
    let is_disabled =
        options.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if options.skips_metadata || is_disabled {
        return Err(nowhere());
    }
    of_machine(options)
}

fn nowhere() -> AwsError {
    AwsError::credentials(
        "no keys were found: neither in the arguments access_key and secret_key, nor in AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, nor in the profile of the files ~/.aws/config and ~/.aws/credentials, nor with this \
         machine",
    )
}

fn container_address(options: &AwsOptions) -> Option<String> {
    let relative = options.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let relative = relative.map(|path| format!("http://169.254.170.2{path}"));
    relative.or_else(|| options.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned))
}

fn of_container(options: &AwsOptions, address: &str) -> Result<Credentials, String> {
    if !may_hear_the_token(address) {
        let trusted = "only this machine and the addresses of Amazon's containers may be asked without https";
        return Err(format!("{trusted}: look at AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    }
    let token = match options.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(file) => {
            let text = crate::web::read_text(file.as_ref());
            Some(text.map_err(|error| format!("the token file {file} cannot be read: {error}"))?)
        }
        None => options.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
    };
    let header = token.map(|token| ("authorization", token.trim().to_owned()));
    let answer = ask("GET", address, header)?;
    if answer.status != 200 {
        return Err(format!("it answered with {}", answer.status));
    }
    parse(&answer.body).ok_or_else(|| "it answered without keys".to_owned())
}

/// Whether what is sent there stays on this machine, or cannot be read on the way.
fn may_hear_the_token(address: &str) -> bool {
    let Ok(uri) = address.parse::<ureq::http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        _ if uri.scheme_str() == Some("https") => true,
        Ok(ip) => ip.is_loopback() || CONTAINER_ADDRESSES.contains(&host),
        Err(_) => host == "localhost",
    }
}

fn of_machine(options: &AwsOptions) -> Result<Credentials, AwsError> {
    let given = Some(options.metadata_endpoint.as_str()).filter(|given| !given.is_empty());
    let given = given.or_else(|| options.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
    let mode = Some(options.metadata_mode.as_str()).filter(|mode| !mode.is_empty());
    let mode = mode.or_else(|| options.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"));
    let is_six = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let usual = if is_six { "http://[fd00:ec2::254]" } else { "http://169.254.169.254" };
    let server = given.unwrap_or(usual).trim_end_matches('/');
    let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned());
    // Where nobody answers there is nobody: this is most likely no machine of Amazon's.
    let answer = ask("PUT", &format!("{server}/latest/api/token"), Some(lifetime)).map_err(|_| nowhere())?;
    let failed =
        |cause: String| AwsError::credentials(format!("this machine's service at {server}: {cause}"));
    let token = match answer.status {
        200 => Some(String::from_utf8_lossy(&answer.body).into_owned()),
        // An older service hands out no tokens, and asks for none.
        403..=405 if !needs_token(options) => None,
        status => return Err(failed(format!("it gives no token, but the answer {status}"))),
    };
    let get = |path: &str| {
        let header = token.clone().map(|token| ("x-aws-ec2-metadata-token", token));
        let answer =
            ask("GET", &format!("{server}/latest/meta-data/iam/security-credentials/{path}"), header);
        let answer = answer.map_err(failed)?;
        match answer.status {
            200 => Ok(answer.body),
            404 => Err(failed("no role is attached to this machine".to_owned())),
            status => Err(failed(format!("it answered with {status}"))),
        }
    };
    let roles = get("")?;
    let roles = String::from_utf8_lossy(&roles);
    let role = roles.lines().next().unwrap_or_default().trim();
    parse(&get(role)?).ok_or_else(|| failed(format!("it has no keys for the role {role}")))
}

fn needs_token(options: &AwsOptions) -> bool {
    options.variable("AWS_EC2_METADATA_V1_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Asks once; the error is that nothing was answered.
fn ask(method: &str, address: &str, header: Option<(&str, String)>) -> Result<Answer, String> {
    let mut request = ureq::http::Request::builder().method(method).uri(address);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    // What these services say is for this machine alone, and no proxy's business.
    let agent = agent_through(trusting(Vec::new(), true).build(), None, silence_max(None));
    let request = request.body(&[][..]).map_err(|error| error.to_string())?;
    let request = agent.configure_request(request).timeout_global(Some(TIMEOUT)).build();
    read(agent.run(request).map_err(|error| explain(&error))?)
}

#[cfg(test)]
mod tests {
    use super::may_hear_the_token;

    #[test]
    fn tokens_do_not_travel_in_plain_text() {
        for fine in [
            "http://127.0.0.1:80/x",
            "http://localhost/x",
            "http://[::1]/x",
            "http://169.254.170.2/x",
            "http://[fd00:ec2::23]/v1/credentials",
            "https://keys.example/x",
        ] {
            assert!(may_hear_the_token(fine), "{fine}");
        }
        for wrong in ["http://keys.example/x", "http://169.254.169.254/x", "http://127.0.0.1.example/", "x"] {
            assert!(!may_hear_the_token(wrong), "{wrong}");
        }
    }
}
