//! SOCKS version 5, RFC 1928 and 1929: a way through a proxy.

use std::io::{Error, Result};
use std::net::IpAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::settings::Proxy;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const PASSWORD: u8 = 2;
const CONNECT: u8 = 1;

/// Asks a proxy to connect to a target. From then on the stream is one to the target.
pub(crate) async fn connect(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    proxy: &Proxy,
    name: &str,
    port: u16,
) -> Result<()> {
    authenticate(stream, proxy).await?;
    let mut request = vec![VERSION, CONNECT, 0];
    request.extend(address(name)?);
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    if reply[1] != 0 {
        return Err(Error::other(refusal(reply[1])));
    }
    // Where the proxy connects from is of no interest, but has to be read.
    let length = match reply[3] {
        1 => 4,
        4 => 16,
        3 => usize::from(stream.read_u8().await?),
        other => return Err(Error::other(format!("it answered with an address of kind {other}"))),
    };
    stream.read_exact(&mut vec![0; length + 2]).await?;
    Ok(())
}

async fn authenticate(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), proxy: &Proxy) -> Result<()> {
    let has_password = !proxy.user.is_empty() || !proxy.password.reveal().is_empty();
    let offer: &[u8] = if has_password {
        &[VERSION, 2, NO_AUTHENTICATION, PASSWORD]
    } else {
        &[VERSION, 1, NO_AUTHENTICATION]
    };
    stream.write_all(offer).await?;
    let mut choice = [0; 2];
    stream.read_exact(&mut choice).await?;
    match choice {
        [VERSION, NO_AUTHENTICATION] => Ok(()),
        [VERSION, PASSWORD] if has_password => {
            let mut request = vec![1];
            request.extend(counted(&proxy.user)?);
            request.extend(counted(proxy.password.reveal())?);
            stream.write_all(&request).await?;
            let mut reply = [0; 2];
            stream.read_exact(&mut reply).await?;
            if reply[1] == 0 { Ok(()) } else { Err(Error::other("it refused the user and the password")) }
        }
        [VERSION, 0xFF] => Err(Error::other("it wants another kind of authentication")),
        _ => Err(Error::other("it does not speak SOCKS 5")),
    }
}

fn address(name: &str) -> Result<Vec<u8>> {
    Ok(match name.parse() {
        Ok(IpAddr::V4(address)) => [&[1][..], &address.octets()].concat(),
        Ok(IpAddr::V6(address)) => [&[4][..], &address.octets()].concat(),
        Err(_) => [&[3][..], &counted(name)?].concat(),
    })
}

/// A text after its length.
fn counted(text: &str) -> Result<Vec<u8>> {
    let length = u8::try_from(text.len()).map_err(|_| Error::other("a text is longer than 255 bytes"))?;
    Ok([&[length][..], text.as_bytes()].concat())
}

fn refusal(code: u8) -> String {
    let known =
        ["general failure", "not allowed", "network unreachable", "host unreachable", "connection refused"];
    match known.get(usize::from(code).wrapping_sub(1)) {
        Some(text) => (*text).to_owned(),
        None => format!("it refused with code {code}"),
    }
}
