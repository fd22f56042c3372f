//! From the path of a request to the one who answers it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::stream::BoxStream;
use http::{Request, Response};
use hyper::body::Incoming;
use plumb_state::Provider;
use prost::Message as _;
use tokio::sync::watch;
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, ServerStreamingService, UnaryService};

use super::answers::Answers;
use crate::generated::go_plugin;
use crate::protocol::{MESSAGE_BYTES_MAX, go_plugin_path};
use crate::wire::RawCodec;
use crate::{Method, Protocol};

/// Is told of every call, with the messages as they are on the wire. Calls overlap; the number says
/// which answer belongs to which request. It is called on the threads that serve and must be quick.
pub trait Recorder: Send + Sync {
    /// A request came.
    fn request(&self, call: u64, method: Method, message: &Bytes);

    /// It was answered; `None` where it was refused.
    fn response(&self, call: u64, method: Method, message: Option<&Bytes>);
}

/// Answers everything that a client may ask; a clone is another handle to the same.
#[derive(Clone)]
pub(super) struct Dispatcher(Arc<Shared>);

struct Shared {
    answers: Answers,
    protocol: Protocol,
    recorder: Option<Arc<dyn Recorder>>,
    calls: AtomicU64,
    shutdown: watch::Sender<bool>,
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<tonic::Response<T>, Status>> + Send>>;

impl Dispatcher {
    pub(super) fn new(
        provider: Arc<dyn Provider>,
        protocol: Protocol,
        recorder: Option<Arc<dyn Recorder>>,
        shutdown: watch::Sender<bool>,
    ) -> Self {
        let answers = Answers::new(provider, protocol);
        Dispatcher(Arc::new(Shared { answers, protocol, recorder, calls: AtomicU64::new(0), shutdown }))
    }

    async fn dispatch(self, request: Request<Incoming>) -> Response<Body> {
        let mut grpc = Grpc::new(RawCodec)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        let path = request.uri().path();
        if path == go_plugin_path::STDIO {
            return grpc.server_streaming(Output(self.0.shutdown.subscribe()), request).await;
        }
        let call = match path {
            go_plugin_path::HEALTH_CHECK => Call::Health,
            go_plugin_path::SHUTDOWN => Call::Shutdown,
            path => match Method::from_path(path) {
                Some((protocol, method)) if protocol == self.0.protocol => Call::Provider(method),
                _ => return Status::unimplemented(format!("there is no {path} here")).into_http(),
            },
        };
        grpc.unary(One { call, shared: self.0 }, request).await
    }
}

impl hyper::service::Service<Request<Incoming>> for Dispatcher {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let dispatcher = self.clone();
        Box::pin(async move { Ok(dispatcher.dispatch(request).await) })
    }
}

#[derive(Clone, Copy)]
enum Call {
    Health,
    Shutdown,
    Provider(Method),
}

/// A call with one request and one answer.
struct One {
    call: Call,
    shared: Arc<Shared>,
}

impl UnaryService<Bytes> for One {
    type Response = Bytes;
    type Future = Answer<Bytes>;

    fn call(&mut self, request: tonic::Request<Bytes>) -> Self::Future {
        let (call, shared) = (self.call, self.shared.clone());
        Box::pin(async move {
            let answer = match call {
                Call::Health => {
                    let status = go_plugin::health_check_response::ServingStatus::Serving as i32;
                    go_plugin::HealthCheckResponse { status }.encode_to_vec().into()
                }
                Call::Shutdown => {
                    shared.shutdown.send_replace(true);
                    Bytes::new()
                }
                Call::Provider(method) => shared.answer(method, request.into_inner()).await?,
            };
            Ok(tonic::Response::new(answer))
        })
    }
}

impl Shared {
    async fn answer(&self, method: Method, request: Bytes) -> Result<Bytes, Status> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(recorder) = &self.recorder {
            recorder.request(call, method, &request);
        }
        let answer = self.answers.answer(method, request).await;
        if let Some(recorder) = &self.recorder {
            recorder.response(call, method, answer.as_ref().ok());
        }
        answer
    }
}

/// The stream of what the plugin prints: nothing, and it ends when the plugin does.
struct Output(watch::Receiver<bool>);

impl ServerStreamingService<Bytes> for Output {
    type Response = Bytes;
    type ResponseStream = BoxStream<'static, Result<Bytes, Status>>;
    type Future = Answer<Self::ResponseStream>;

    fn call(&mut self, _request: tonic::Request<Bytes>) -> Self::Future {
        use futures::StreamExt as _;
        let mut shutdown = self.0.clone();
        let end = async move {
            let _ = shutdown.wait_for(|told| *told).await;
        };
        let stream = futures::stream::once(end).filter_map(|()| async { None }).boxed();
        Box::pin(async move { Ok(tonic::Response::new(stream)) })
    }
}
