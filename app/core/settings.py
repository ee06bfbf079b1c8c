"""Everything that a deployment may set, read once, in `app.main`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one deployment; each is the environment variable `ENTENTE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="ENTENTE_", frozen=True, extra="ignore")

    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 or newer; unset: an embedded server in the data folder."
    )
    owner_database_url: SecretStr | None = Field(
        None,
        description="The login that owns the tables and runs migrations; unset: `DATABASE_URL`.",
    )
    replica_urls: SecretStr | None = Field(
        None,
        description="Streaming replicas of `DATABASE_URL`, with spaces between them: searches read"
        " there what they find, as docs/scaling.md says; unset: none.",
    )
    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path("data"),
        validate_default=True,
        description="Folder of the embedded database, attachments and local keys.",
    )
    blob_url: str | None = Field(
        None, description="Where attachments lie: `file://` or `s3://`; unset: in the data folder."
    )
    key_provider: str | None = Field(
        None,
        description="Where keys lie: `local:`, `pkcs11:`, `awskms:` or `vault:`, as docs/keys.md"
        " says; unset: a file in the data folder.",
    )
    key_passphrase: SecretStr | None = Field(
        None,
        description="Opens the local keys (or is a token's PIN) where no file holds it; unset: one"
        " is created beside the data, fit for trials.",
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="The address that people type, without a last slash."
    )
    policies_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        Path(__file__).parents[2] / "policies",
        validate_default=True,
        description="Folder of the Cedar policies and the marking schemes.",
    )
    arrangement: str = Field(
        "Singapore-EU Administrative Arrangement on AI safety",
        description="The name of the arrangement, shown on every page and bound to attachments.",
    )
    host: str = Field("127.0.0.1", description="The address that `entente serve` listens on.")
    port: int = Field(8000, description="The port that `entente serve` listens on.", ge=0, le=65535)
    metrics_token: SecretStr | None = Field(
        None, description="Lets a caller beyond this machine read `/metrics`."
    )
    max_attachment_bytes: int = Field(
        20 * 2**30, description="The largest attachment that is taken, in bytes.", gt=0
    )
    clamd_url: str | None = Field(
        None,
        description="The malware scanner: `unix:///run/clamav/clamd.ctl` or `tcp://host:3310`;"
        " unset: attachments are not checked for malware, and say so.",
    )
    max_inspected_bytes: int = Field(
        512 * 2**20,
        description="The largest attachment that is looked into, in bytes: it is held in memory.",
        gt=0,
    )

    log_origin: str | None = Field(
        None,
        description="The name of the log, a URL without its scheme; unset: that of the portal.",
    )
    log_policy: Path | None = Field(
        None,
        description="The tlog-policy file: the witnesses, and who of them must have co-signed;"
        " unset: `log/policy` in the data folder, and no witness while there is none.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="Where mail is handed over: `smtps://user:password@host` or, on this machine,"
        " `smtp://host:port`; unset: findings and notices stand on their pages only.",
    )
    mail_from: str = Field(
        "entente@localhost", description="The address that the portal's mail comes from."
    )
    syslog_url: str | None = Field(
        None,
        description="Where entries are pushed: `syslog+tls://host:6514`, with `?ca=FILE` for an"
        " authority of one's own; unset: nowhere.",
    )
    retention_years: int = Field(
        10, description="How many years entries stay in the database before an archive.", ge=1
    )

    @property
    def secure(self) -> bool:
        """Tell whether people reach the portal over TLS, as every production does."""
        return self.base_url.startswith("https://")
