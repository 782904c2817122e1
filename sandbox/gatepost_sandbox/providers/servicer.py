"""The gRPC side of a provider plugin: one servicer for every provider of the sandbox.

Protocol: pulumi/proto/pulumi/provider.proto. Secrets arrive in envelopes; they are opened for the API call and put back
on the way out under the same keys, plus those outputs that the vendor's provider always marks. No message shows one.
"""

import os
import signal
import threading
import traceback
from concurrent import futures
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as pb

from .kind import ApiError, Kind, Provider, Stored
from .values import UNKNOWN, Opened, Props, hidden, opened, packed

_GRPC = [("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20)]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine for one provider process."""

    def __init__(self, provider: Provider, version: str) -> None:
        self.provider, self.version = provider, version
        self.api: Any = None

    # --- the provider itself

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Version the engine asked for."""
        return plugin_pb2.PluginInfo(version=self.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Refuse provider settings that the sandbox would ignore."""
        known = self.provider.config
        models = f"It models {', '.join(sorted(known))}."
        failures = [
            pb.CheckFailure(
                property=key,
                reason=f"The sandbox does not model the setting {key!r} of provider {self.provider.name}. {models}",
            )
            for key in sorted(opened(request.news).props.keys() - known - {"version"})
        ]
        return pb.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """A change of provider settings never replaces the provider."""
        return pb.DiffResponse(changes=pb.DiffResponse.DIFF_UNKNOWN)

    def Configure(self, request: Any, context: Any) -> Any:
        """Connect to the sandbox."""
        config = opened(request.args)
        self.api = self._call(context, None, [config], self.provider.connect, config.props)
        return pb.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=False)

    def Attach(self, request: Any, context: Any) -> Any:
        """Used by debuggers only."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """The engine is about to end this process."""
        return empty_pb2.Empty()

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:
        """Check and complete the inputs of a resource."""
        kind = self._kind(request.urn, context)
        news, olds = opened(request.news), opened(request.olds)
        name = name_of(request.urn)
        problems = self._call(context, f"checking {name}", [news, olds], kind.check, news.props, olds.props, name)
        secrets = list(news.secrets(kind.secret_outputs))
        failures = [pb.CheckFailure(property=path, reason=hidden(text, secrets)) for path, text in problems]
        return pb.CheckResponse(inputs=packed(news.props, news.secret), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare the stored resource with its new inputs."""
        kind, news = self._kind(request.urn, context), opened(request.news)
        change = self._change(context, kind, request, news)
        return pb.DiffResponse(
            changes=pb.DiffResponse.DIFF_SOME if change.keys else pb.DiffResponse.DIFF_NONE,
            diffs=change.keys,
            replaces=change.replaces,
            deleteBeforeReplace=change.delete_first,
        )

    def Create(self, request: Any, context: Any) -> Any:
        """Make a resource; in a preview, tell what is not known yet."""
        kind, news = self._kind(request.urn, context), opened(request.properties)
        marked = news.secret | kind.secret_outputs
        if request.preview:
            return pb.CreateResponse(properties=packed(dict.fromkeys(kind.outputs, UNKNOWN) | news.props, marked))
        rid = self._call(
            context, f"creating {name_of(request.urn)}", [news], kind.create, self.api, news.props, kind=kind
        )
        state = self._state(context, kind, rid, news)
        return pb.CreateResponse(id=rid, properties=packed(state, marked))

    def Read(self, request: Any, context: Any) -> Any:
        """The resource as it is now: for a refresh, an import or a ``get``."""
        kind, rid = self._kind(request.urn, context), request.id
        inputs, stored = opened(request.inputs), opened(request.properties)
        known = stored.props | inputs.props
        state = self._call(context, f"reading {rid}", [inputs, stored], kind.read, self.api, rid, known, kind=kind)
        if state is None:
            return pb.ReadResponse()
        state |= {k: v for k, v in known.items() if k in kind.unreadable}
        marked = inputs.secret | stored.secret | kind.secret_outputs
        found = packed(kind.told(state, inputs.props), marked)
        return pb.ReadResponse(id=state.get("id", rid), properties=packed(state, marked), inputs=found)

    def Update(self, request: Any, context: Any) -> Any:
        """Change a resource in place."""
        kind, news, stored = self._kind(request.urn, context), opened(request.news), opened(request.olds)
        marked = news.secret | kind.secret_outputs
        changed = self._change(context, kind, request, news).keys
        if request.preview:
            kept = {k: v for k, v in stored.props.items() if k in kind.outputs or k not in kind.inputs}
            fresh = {k: UNKNOWN for k, causes in kind.recomputed.items() if not causes.isdisjoint(changed)}
            return pb.UpdateResponse(properties=packed(kept | news.props | fresh, marked))
        args = self.api, request.id, stored.props, news.props, changed
        self._call(context, f"updating {request.id}", [stored, news], kind.update, *args, kind=kind)
        return pb.UpdateResponse(properties=packed(self._state(context, kind, request.id, news), marked))

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource."""
        kind, state = self._kind(request.urn, context), opened(request.properties)
        args = self.api, request.id, state.props
        self._call(context, f"deleting {request.id}", [state], kind.delete, *args, kind=kind)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answer a function such as ``aws.ec2.get_ami``."""
        function, args = self.provider.functions.get(request.tok), opened(request.args)
        if function is None:
            _unknown(context, "function", request.tok, self.provider.functions)
        models = f"It models {', '.join(sorted(function.args)) or 'none'}."
        failures = [
            pb.CheckFailure(
                property=key, reason=f"The sandbox does not model the argument {key!r} of {request.tok}. {models}"
            )
            for key in sorted(args.props.keys() - function.args)
        ]
        if failures:
            return pb.InvokeResponse(failures=failures)
        answer = self._call(context, f"calling {request.tok}", [args], function.call, self.api, args.props)
        return pb.InvokeResponse(**{"return": packed(answer)})  # ty: ignore[unknown-argument]  # "return" is a keyword

    # --- helpers

    def _kind(self, urn: str, context: Any) -> Kind:
        token = urn.split("::")[2].split("$")[-1]  # the last of the URN's chain of types
        return self.provider.kinds.get(token) or _unknown(context, "resource type", token, self.provider.kinds)

    def _change(self, context: Any, kind: Kind, request: Any, news: Opened) -> Any:
        inputs, state = opened(request.old_inputs), opened(request.olds)
        stored = Stored(name=name_of(request.urn), inputs=inputs.props, state=state.props)
        # The engine itself puts back what `ignoreChanges` names inside a property: only whole properties matter here.
        args = self.api, stored, news.props, set(request.ignoreChanges)
        return self._call(context, f"comparing {request.id}", [inputs, state, news], kind.diff, *args, kind=kind)

    def _state(self, context: Any, kind: Kind, rid: str, news: Opened) -> Props:
        """What a resource is right after it was written."""
        state = self._call(context, f"reading {rid}", [news], kind.read, self.api, rid, news.props, kind=kind)
        if state is None:
            context.abort(grpc.StatusCode.UNKNOWN, f"{kind.token} {rid} disappeared right after it was written.")
        return news.props | state

    @staticmethod
    def _call(
        context: Any, doing: str | None, about: list[Opened], function: Any, *args: Any, kind: Kind | None = None
    ) -> Any:
        """Call ``function``; what it raises becomes a sentence without the secrets of ``about``."""
        try:
            return function(*args)
        except ApiError as problem:
            status, text = grpc.StatusCode.UNKNOWN, str(problem)
        except Exception as bug:
            traceback.print_exc()
            status = grpc.StatusCode.INTERNAL
            text = f"this is a bug of the sandbox's provider ({type(bug).__name__}: {bug})."
        secrets = [text for one in about for text in one.secrets(kind.secret_outputs if kind else ())]
        return context.abort(status, hidden(f"{doing}: {text}" if doing else text, secrets))  # raises


def name_of(urn: str) -> str:
    """The resource's logical name: what follows the type in the URN."""
    return urn.split("::", 3)[3]


def _unknown(context: Any, what: str, token: str, known: Any) -> NoReturn:
    text = f"The sandbox does not model the {what} {token}. It models {', '.join(sorted(known)) or 'none'}."
    context.abort(grpc.StatusCode.UNIMPLEMENTED, text)
    raise AssertionError(text)  # pragma: no cover - abort raises


def serve(provider: Provider, version: str) -> None:
    """Serve until the engine says stop, or is gone."""
    parent, stop = os.getppid(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server = grpc.server(futures.ThreadPoolExecutor(32), options=_GRPC)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, version), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201  # the plugin protocol: the port is the first line on stdout
    while not stop.wait(1):
        if os.getppid() != parent:  # the engine was killed: nobody else ends this process
            break
    server.stop(0)
    os._exit(0)
