"""What the tools find around them: providers, an emulator of AWS, and nothing of the user's.

Responsible for the directories that providers come from, for the CLI configurations that name them and for
the environment. Providers that are built into Plumb are plugins for the other tool, and providers that cannot
be had are stood in for: by the provider server of the tests, with a schema of `stand-ins`.
"""

import os
import pathlib
import platform
import shutil
import socket
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REGISTRY = "registry.terraform.io"
AWS = "hashicorp/aws"
BUILT_IN = {"local": "2.5.3", "null": "3.2.4", "random": "3.7.2", "time": "0.13.1"}
# Domains that examples take for granted.
ZONES_SCHEMA = "https://route53.amazonaws.com/doc/2013-04-01/"
ZONES = ("terraform-aws-modules.modules.tf", "example.com")
STAND_INS = {
    "hashicorp/archive": "2.7.1", "hashicorp/cloudinit": "2.3.7", "hashicorp/external": "2.3.5",
    "hashicorp/helm": "2.17.0", "hashicorp/http": "3.5.0", "hashicorp/kubernetes": "2.38.0",
    "hashicorp/tls": "4.1.0", "cloudflare/cloudflare": "3.32.0", "cloudposse/awsutils": "0.19.1",
    "kreuzwerker/docker": "3.6.2",
}


class Surroundings:
    """Terraform finds programs by `dev_overrides`, or it would hash hundreds of megabytes in every command."""

    def __init__(self, scratch, aws_mirror, provider_server, builtin_server):
        self.scratch = scratch
        self.mirror, self.programs = scratch / "mirror", scratch / "programs"
        self.programs.mkdir()
        self.addresses = [AWS]
        self.aws_version = self.install_aws(aws_mirror)
        for name, version in BUILT_IN.items():
            self.install(f"hashicorp/{name}", version, lambda path: shutil.copy(builtin_server, path))
        for address, version in STAND_INS.items():
            schema = HERE / "stand-ins" / f"{address.split('/')[1]}.json"
            script = f"#!/bin/sh\nPROBE_SCHEMA='{schema}' exec '{provider_server}'\n"
            self.install(address, version, lambda path: write_program(path, script))
        self.write_settings()

    def install_aws(self, aws_mirror):
        origin = aws_mirror / REGISTRY / AWS
        version = sorted(path.name for path in origin.iterdir())[-1]
        # Of links in a mirror Terraform follows those to packages alone.
        package = self.mirror / REGISTRY / AWS / version / platform_name()
        package.parent.mkdir(parents=True)
        package.symlink_to(origin / version / platform_name())
        program = next((origin / version / platform_name()).glob("terraform-provider-aws*"))
        (self.programs / "terraform-provider-aws").symlink_to(program)
        return version

    def install(self, address, version, write):
        program = f"terraform-provider-{address.split('/')[1]}"
        package = self.mirror / REGISTRY / address / version / platform_name()
        package.mkdir(parents=True)
        write(package / f"{program}_v{version}")
        (self.programs / program).symlink_to(package / f"{program}_v{version}")
        self.addresses.append(address)

    def write_settings(self):
        overrides = "".join(f'    "{address}" = "{self.programs}"\n' for address in self.addresses)
        self.settings = {
            "terraform": f"  dev_overrides {{\n{overrides}  }}\n  direct {{}}\n",
            "plumb": f'  filesystem_mirror {{\n    path = "{self.mirror}"\n  }}\n',
        }
        for tool, methods in self.settings.items():
            path = self.scratch / f"{tool}.tfrc"
            path.write_text(f"provider_installation {{\n{methods}}}\n")

    def environment(self, tool, endpoint):
        home = self.scratch / "home" / tool
        home.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(self.scratch / f"{tool}.tfrc"), "TF_IN_AUTOMATION": "1",
            "PLUMB_WARM_PROVIDERS": "off", "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def platform_name():
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{machine}"


def write_program(path, script):
    path.write_text(script)
    path.chmod(0o755)


class Emulator:
    """A moto_server that runs as long as this is entered."""

    def __enter__(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            ["moto_server", "-H", "127.0.0.1", "-p", str(port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            try:
                urllib.request.urlopen(self.endpoint, timeout=5).close()
            except OSError:
                time.sleep(0.1)
                continue
            try:
                self.fill()
            except OSError:
                self.__exit__()
                raise
            return self
        self.__exit__()
        raise OSError("the AWS emulator does not answer")

    def fill(self):
        """What the examples look up that no account has from the beginning."""
        for zone in ZONES:
            parts = f"<Name>{zone}</Name><CallerReference>{zone}</CallerReference>"
            body = f'<CreateHostedZoneRequest xmlns="{ZONES_SCHEMA}">{parts}</CreateHostedZoneRequest>'
            self.ask("route53", "/2013-04-01/hostedzone", body, {"Content-Type": "text/xml"})
        target = "AWSOrganizationsV20161128.CreateOrganization"
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
        self.ask("organizations", "/", '{"FeatureSet": "ALL"}', headers)

    def ask(self, service, path, body, headers):
        authority = f"AWS4-HMAC-SHA256 Credential=test/20250101/eu-west-1/{service}/aws4_request, Signature=none"
        headers = headers | {"Authorization": authority}
        request = urllib.request.Request(self.endpoint + path, body.encode(), headers)
        urllib.request.urlopen(request, timeout=60).close()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
