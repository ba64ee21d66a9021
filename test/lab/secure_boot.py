# SPDX-License-Identifier: BSD-2-Clause
"""Secure Boot for the machines of the tests: keys, signatures, and firmware that insists on them.

Knows: signature databases (UEFI 2.10, 32.4.1), what shim calls its own, how an image is hashed
(Microsoft's "Windows Authenticode Portable Executable Signature Format").
Must not know: what is signed.

The keys are made for one session and enrolled by writing the variables into the store of a machine that is
off, as a factory does; no tool of the guest takes part.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.debian import Firmware, firmware
from lab.variables import GLOBAL, NV_BS_RT, VariableStore

# QEMU's firmware of this kind keeps its variables where only system management mode can write.
MACHINE = (
    "-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
)  # fmt: skip

DATABASE = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")  # EFI_IMAGE_SECURITY_DATABASE_GUID
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")  # SHIM_LOCK_GUID
NV_BS = 3  # NON_VOLATILE | BOOTSERVICE_ACCESS: an operating system can neither see nor make it

_AUTHENTICATED = NV_BS_RT | 0x20  # TIME_BASED_AUTHENTICATED_WRITE_ACCESS
_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")  # EFI_CERT_X509_GUID
_PKCS7 = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")  # EFI_CERT_TYPE_PKCS7_GUID
_SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")  # EFI_CERT_SHA256_GUID
_OWNER = uuid.UUID("ba70ba70-0000-4000-8000-000000000004")


def _run(*words: str | Path) -> bytes:
    """Run a tool; what it says goes into the exception when it fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.decode().strip()}")
    return done.stdout


@dataclass(frozen=True)
class Key:
    """A key with its own certificate, as files."""

    private: Path
    certificate: Path

    @classmethod
    def make(cls, directory: Path, name: str) -> Key:
        """A new key, good for some days."""
        key = cls(directory / f"{name}.key", directory / f"{name}.pem")
        _run(
            "openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9",
            "-subj", f"/CN=Baton test {name}/", "-keyout", key.private, "-out", key.certificate,
        )  # fmt: skip
        return key

    @classmethod
    def made(cls, directory: Path, name: str) -> Key:
        """The key of that name in `directory`, made when there is none."""
        key = cls(directory / f"{name}.key", directory / f"{name}.pem")
        return key if key.certificate.exists() else cls.make(directory, name)

    def sign(self, image: Path, target: Path) -> Path:
        """Make `target` a copy of `image` with this key's signature."""
        target.parent.mkdir(parents=True, exist_ok=True)
        certificate = self.certificate
        _run("sbsign", "--key", self.private, "--cert", certificate, "--output", target, image)
        return target

    def authenticated(self, name: str, vendor: uuid.UUID, content: bytes) -> bytes:
        """What a variable is written with by whoever this key belongs to (UEFI 2.10, 8.2.2)."""
        time = struct.pack("<H6BI4x", 2026, 11, 29, 12, 0, 0, 0, 0)
        signed = name.encode("utf-16-le") + vendor.bytes_le + struct.pack("<I", _AUTHENTICATED) + time + content
        text = self.private.with_name(f"{name}.signed")
        text.write_bytes(signed)
        whole = _run(
            "openssl", "cms", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER", "-in", text,
            "-signer", self.certificate, "-inkey", self.private,
        )  # fmt: skip
        # UEFI wants SignedData without the ContentInfo around it: two headers with lengths of two
        # bytes, and what kind it is.
        assert whole[:2] == whole[15:16].replace(b"\xa0", b"\x30") + b"\x82" and whole[16] == 0x82
        signature = whole[19:]
        head = struct.pack("<IHH16s", 24 + len(signature), 0x0200, 0x0EF1, _PKCS7.bytes_le)
        return time + head + signature + content

    def der(self) -> bytes:
        """The certificate as databases hold it."""
        return _run("openssl", "x509", "-in", self.certificate, "-outform", "DER")


def _signature_list(kind: uuid.UUID, signatures: Iterable[bytes]) -> bytes:
    """An EFI_SIGNATURE_LIST; all `signatures` have one size."""
    data = [_OWNER.bytes_le + each for each in signatures]
    header = struct.pack("<16sIII", kind.bytes_le, 28 + sum(map(len, data)), 0, len(data[0]))
    return header + b"".join(data)


def certificates(*keys: Key) -> bytes:
    """The content of a database that names these keys."""
    return b"".join(_signature_list(_X509, [key.der()]) for key in keys)


def hashes(*digests: bytes) -> bytes:
    """The content of a database that names images by their hash."""
    return _signature_list(_SHA256, digests)


def image_hash(image: bytes) -> bytes:
    """The SHA-256 of a PE32+ image as databases have it: without its check sum and its signatures.

    Sections are hashed in the order of the file, and here they fill it: that is the file's own order.
    """
    (header,) = struct.unpack_from("<I", image, 0x3C)
    optional = header + 24
    checksum, security = optional + 64, optional + 144
    table, size = struct.unpack_from("<II", image, security)
    if size == 0:
        table = len(image)
    body = image[security + 8 : table]
    padding = bytes(-len(image[:table]) % 8)
    return hashlib.sha256(
        image[:checksum] + image[checksum + 4 : security] + body + padding
    ).digest()


def secure_firmware(strict: bool = False) -> Firmware:
    """A firmware in the build that keeps its variables safe, with nothing enrolled.

    It is the installed one, or a newer one in a build that is `strict`: memory is not executable unless
    somebody has asked for that, and a loader of images can set the rights of each page.
    """
    plain = firmware("trixie" if strict else "")
    name = "OVMF_CODE_4M.secboot.strictnx.fd" if strict else "OVMF_CODE_4M.secboot.fd"
    return Firmware("strict" if strict else "secure", plain.code.with_name(name), plain.variables)


def microsoft_store(chosen: Firmware) -> VariableStore:
    """A variable store with Secure Boot on and Microsoft's keys, as new machines have them."""
    return VariableStore(chosen.variables.with_name("OVMF_VARS_4M.ms.fd"))


def enrol(store: VariableStore, owner: Key, db: bytes, dbx: bytes = b"") -> None:
    """Turn Secure Boot on: `owner` is platform key and key exchange key.

    There is a switch beside the keys, SecureBootEnable; EDK II makes it, and turned on, when it finds a
    platform key.
    """
    for name, vendor, content in (
        ("PK", GLOBAL, certificates(owner)),
        ("KEK", GLOBAL, certificates(owner)),
        ("db", DATABASE, db),
        ("dbx", DATABASE, dbx),
    ):
        if content:
            store.write(name, content, vendor, _AUTHENTICATED)


def key_files(owner: Key, db: bytes) -> dict[str, bytes]:
    """The same as files, for whoever enrolls them on the machine: name -> content."""
    own = certificates(owner)
    return {
        "PK.auth": owner.authenticated("PK", GLOBAL, own),
        "KEK.auth": owner.authenticated("KEK", GLOBAL, own),
        "db.auth": owner.authenticated("db", DATABASE, db),
    }


def write_shim(store: VariableStore, variables: Mapping[str, bytes]) -> None:
    """Set what shim believes because only somebody at the machine can set it: MokList, MokPolicy."""
    for name, content in variables.items():
        store.write(name, content, SHIM, NV_BS)
