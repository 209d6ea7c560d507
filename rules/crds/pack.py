#!/usr/bin/env python3
"""Packs the CRDs of the releases we target into this folder.

    python3 pack.py [SCRATCH]

Downloads each Go module named below through the Go module proxy, reads its CRDs, and writes:

    schemas/<kind>-<hash>.json    one structural schema, written once however many versions and releases share it
    index.json                    which release has which kind, with which schemas
    ../../crates/admission/src/bundle/schemas.rs   the list that embeds the files

The kinds of Kubernetes itself come from `core.yaml`, which is written by hand. Needs Go, PyYAML and rustfmt.
Two runs give the same bytes.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
SCHEMAS = HERE / "schemas"
LIST = HERE.parents[1] / "crates/admission/src/bundle/schemas.rs"

# The last patch release of each minor that the proxy serves.
ISTIO = ["1.24.4", "1.25.5", "1.26.4", "1.27.8", "1.28.3", "1.29.6", "1.30.8", "1.31.4"]
GATEWAY_API = ["1.1.1", "1.2.1", "1.3.0", "1.4.1", "1.5.1", "1.6.3"]
CHANNELS = ["standard", "experimental"]

# The release whose API reference core.yaml was written from.
CORE = "1.36.1"

KINDS = {
    "": "Namespace Service",
    "networking.istio.io": "DestinationRule EnvoyFilter Gateway ProxyConfig ServiceEntry Sidecar VirtualService "
    "WorkloadEntry WorkloadGroup",
    "security.istio.io": "AuthorizationPolicy PeerAuthentication RequestAuthentication",
    "telemetry.istio.io": "Telemetry",
    "extensions.istio.io": "WasmPlugin",
    "gateway.networking.k8s.io": "Gateway GatewayClass GRPCRoute HTTPRoute ReferenceGrant TCPRoute TLSRoute",
}


def module(path: str, version: str, scratch: pathlib.Path) -> pathlib.Path:
    """The folder of a module, downloaded if it is not there yet."""
    command = ["go", "mod", "download", "-json", f"{path}@v{version}"]
    answer = json.loads(subprocess.run(command, cwd=scratch, check=True, capture_output=True).stdout)
    return pathlib.Path(answer["Dir"])


def definitions(files):
    """The wanted CRDs of some files, in order of group and kind."""
    found = []
    for file in files:
        for crd in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            if crd and crd["kind"] == "CustomResourceDefinition":
                spec = crd["spec"]
                if spec["names"]["kind"] in KINDS.get(spec["group"], "").split():
                    found.append(spec)
    return sorted(found, key=lambda spec: (spec["group"], spec["names"]["kind"]))


def without_descriptions(schema):
    """A schema less its prose. Keys of `properties` are field names and stay."""
    if isinstance(schema, list):
        return [without_descriptions(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {}
    for key, value in schema.items():
        if key in ("description", "example", "externalDocs"):
            continue
        if key == "properties":
            kept[key] = {name: without_descriptions(child) for name, child in value.items()}
        elif key in ("default", "enum"):
            kept[key] = value
        else:
            kept[key] = without_descriptions(value)
    return kept


def reduced(schema):
    """What is checked when an object is created: the status of a request is thrown away before it is looked at."""
    schema = without_descriptions(schema)
    if "status" in schema["properties"]:
        schema["properties"]["status"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return schema


def write_schema(kind: str, version: dict) -> str:
    """Writes one schema and returns its name."""
    text = json.dumps(reduced(version["schema"]["openAPIV3Schema"]), sort_keys=True, separators=(",", ":"))
    name = f"{kind.lower()}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    (SCHEMAS / f"{name}.json").write_text(text + "\n")
    return name


def entry(spec: dict) -> dict:
    """One kind of one release."""
    kind = spec["names"]["kind"]
    versions = []
    for version in spec["versions"]:
        has_status = "status" in version["schema"]["openAPIV3Schema"]["properties"]
        assert not has_status or "status" in version["subresources"], f"{kind}: a create would keep the status"
        row = {"name": version["name"], "served": version["served"], "storage": version["storage"]}
        if version["served"]:
            row["schema"] = write_schema(kind, version)
        versions.append(row)
    head = {"group": spec["group"], "kind": kind, "plural": spec["names"]["plural"], "scope": spec["scope"]}
    if "nameRule" in spec:
        head["nameRule"] = spec["nameRule"]
    return {**head, "versions": versions}


def releases(scratch: pathlib.Path):
    """Every release: product, version, channel, files with its CRDs."""
    yield "kubernetes", CORE, None, [HERE / "core.yaml"]
    for version in ISTIO:
        folder = module("istio.io/api", version, scratch)
        files = [folder / "kubernetes/customresourcedefinitions.gen.yaml"]
        yield "istio", version, None, files
    for version in GATEWAY_API:
        folder = module("sigs.k8s.io/gateway-api", version, scratch)
        for channel in CHANNELS:
            files = sorted((folder / "config/crd" / channel).glob("gateway.networking.k8s.io_*.yaml"))
            yield "gateway-api", version, channel, files


def write_index(index: list):
    """Writes the index: a line for each release, a line for each of its kinds."""
    lines = []
    for row in index:
        kinds = row.pop("kinds")
        head = json.dumps(row)[:-1] + ', "kinds": ['
        lines.append("\n".join([head, ",\n".join("  " + json.dumps(kind) for kind in kinds), "]}"]))
    (HERE / "index.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


def write_list():
    """Writes the Rust list that embeds every schema."""
    names = sorted(path.stem for path in SCHEMAS.glob("*.json"))
    lines = ["// Generated by rules/crds/pack.py.", "", "/// Every bundled schema: its name in the index, its text.",
             "pub(super) const SCHEMAS: &[(&str, &str)] = &["]
    for name in names:
        lines.append(f'("{name}", include_str!("../../../../rules/crds/schemas/{name}.json")),')
    LIST.parent.mkdir(exist_ok=True)
    LIST.write_text("\n".join([*lines, "];", ""]))
    subprocess.run(["rustfmt", "--edition", "2024", LIST], check=True)


def main():
    scratch = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    SCHEMAS.mkdir(exist_ok=True)
    for old in SCHEMAS.glob("*.json"):
        os.remove(old)
    index = []
    for product, version, channel, files in releases(scratch):
        row = {"product": product, "release": version.rpartition(".")[0], "version": version}
        if channel:
            row["channel"] = channel
        row["kinds"] = [entry(spec) for spec in definitions(files)]
        index.append(row)
    write_index(index)
    write_list()


if __name__ == "__main__":
    main()
