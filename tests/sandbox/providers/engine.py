"""The Pulumi engine as far as a provider sees it: requests over gRPC, secrets in envelopes, unknowns marked."""

from concurrent import futures
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import grpc
import pulumi.runtime.rpc as rpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc

from gatepost_sandbox.providers.kind import Provider
from gatepost_sandbox.providers.servicer import Servicer

UNKNOWN = rpc.UNKNOWN
Props = dict[str, Any]


def secret(value: Any) -> Props:
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def sent(props: Props) -> struct_pb2.Struct:
    return json_format.ParseDict(props, struct_pb2.Struct())


@dataclass(frozen=True)
class Bag:
    """Properties that came back; ``secret`` names those in an envelope."""

    props: Props
    secret: frozenset[str]

    @classmethod
    def of(cls, message: struct_pb2.Struct) -> "Bag":
        raw = {k: _whole(v) for k, v in json_format.MessageToDict(message).items()}
        marked = frozenset(k for k, v in raw.items() if isinstance(v, dict) and rpc._special_sig_key in v)
        return cls({k: v["value"] if k in marked else v for k, v in raw.items()}, marked)


@dataclass(frozen=True)
class Made:
    """A resource in the engine's state."""

    token: str
    name: str
    id: str
    inputs: Props
    state: Props
    secret: frozenset[str] = field(default=frozenset())


class Engine:
    """A provider served in this process, and the calls of the engine."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.servicer = Servicer(provider, "1.2.3")
        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self.servicer, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def __enter__(self) -> "Engine":
        self._server.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._channel.close()
        self._server.stop(0).wait()

    def configure(self, **settings: Any) -> Any:
        return self.stub.Configure(pb.ConfigureRequest(args=sent(settings)))

    def check_config(self, **settings: Any) -> Props:
        answer = self.stub.CheckConfig(pb.CheckRequest(news=sent(settings)))
        return {f.property: f.reason for f in answer.failures}

    def check(self, token: str, inputs: Props, name: str = "thing", olds: Props | None = None) -> tuple[Bag, Props]:
        """The completed inputs, and the failures by property."""
        request = pb.CheckRequest(urn=urn(token, name), news=sent(inputs), olds=sent(olds or {}))
        answer = self.stub.Check(request)
        return Bag.of(answer.inputs), {f.property: f.reason for f in answer.failures}

    def preview(self, token: str, inputs: Props, name: str = "thing") -> Bag:
        """Check, and the outputs that a preview of the creation shows."""
        checked, failures = self.check(token, inputs, name)
        assert failures == {}
        request = pb.CreateRequest(urn=urn(token, name), properties=sent(enveloped(checked)), preview=True)
        answer = self.stub.Create(request)
        assert answer.id == ""
        return Bag.of(answer.properties)

    def create(self, token: str, inputs: Props, name: str = "thing") -> Made:
        checked, failures = self.check(token, inputs, name)
        assert failures == {}
        answer = self.stub.Create(pb.CreateRequest(urn=urn(token, name), properties=sent(enveloped(checked))))
        state = Bag.of(answer.properties)
        return Made(token, name, answer.id, checked.props, state.props, state.secret)

    def diff(self, made: Made, inputs: Props, ignore: tuple[str, ...] = ()) -> Any:
        checked, failures = self.check(made.token, inputs, made.name, made.inputs)
        assert failures == {}
        request = pb.DiffRequest(**_stored(made), news=sent(enveloped(checked)), ignoreChanges=ignore)
        return self.stub.Diff(request)

    def update(self, made: Made, inputs: Props, *, preview: bool = False) -> Made:
        checked, failures = self.check(made.token, inputs, made.name, made.inputs)
        assert failures == {}
        request = pb.UpdateRequest(**_stored(made), news=sent(enveloped(checked)), preview=preview)
        state = Bag.of(self.stub.Update(request).properties)
        return Made(made.token, made.name, made.id, checked.props, state.props, state.secret)

    def read(self, made: Made) -> Made | None:
        """A refresh; None when the resource is gone."""
        return self._read(made, sent(made.inputs), sent(made.state))

    def find(self, token: str, rid: str) -> Made | None:
        """An import."""
        return self._read(Made(token, "thing", rid, {}, {}), None, None)

    def _read(self, made: Made, old: struct_pb2.Struct | None, held: struct_pb2.Struct | None) -> Made | None:
        name = urn(made.token, made.name)
        answer = self.stub.Read(pb.ReadRequest(id=made.id, urn=name, inputs=old, properties=held))
        inputs, state = Bag.of(answer.inputs), Bag.of(answer.properties)
        return Made(made.token, made.name, answer.id, inputs.props, state.props, state.secret) if answer.id else None

    def delete(self, made: Made) -> None:
        self.stub.Delete(pb.DeleteRequest(id=made.id, urn=urn(made.token, made.name), properties=sent(made.state)))

    def invoke(self, token: str, **args: Any) -> tuple[Props, Props]:
        """The answer, and the failures by argument."""
        answer = self.stub.Invoke(pb.InvokeRequest(tok=token, args=sent(args)))
        return Bag.of(getattr(answer, "return")).props, {f.property: f.reason for f in answer.failures}


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::project::some:component:Type${token}::{name}"


def enveloped(bag: Bag) -> Props:
    return {k: secret(v) if k in bag.secret else v for k, v in bag.props.items()}


def _stored(made: Made) -> Any:
    return {
        "id": made.id,
        "urn": urn(made.token, made.name),
        "olds": sent(made.state),
        "old_inputs": sent(made.inputs),
    }


def _whole(value: Any) -> Any:
    """Whole numbers as int, so that they compare with what a test wrote."""
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
