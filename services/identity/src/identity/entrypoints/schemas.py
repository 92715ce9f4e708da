"""Request and response bodies of identity's routes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from chassis.commands.errors import InvalidValue
from chassis.quotas.quotas import Allowance
from chassis.quotas.usage import Usage
from identity import messages
from identity.application.changes import NewPassword
from identity.application.users import Person
from identity.domain import profile as rules
from identity.domain import usernames
from identity.domain.profile import Profile

Username = Annotated[
    str,
    Field(
        min_length=1,
        max_length=usernames.MAX_LENGTH,
        description=messages.USERNAME_RULE.ru,
        examples=["user123"],
    ),
    AfterValidator(usernames.username),
]
Password = Annotated[
    str,
    Field(
        min_length=rules.PASSWORD_LENGTHS[0],
        max_length=rules.PASSWORD_LENGTHS[1],
        description=messages.PASSWORD_RULE.ru,
        examples=["Stethoscope-42"],
        json_schema_extra={"format": "password"},
    ),
    AfterValidator(rules.new_password),
]
Email = Annotated[
    str,
    Field(
        max_length=rules.EMAIL_LENGTH,
        description=messages.EMAIL_RULE.ru,
        examples=["user@example.com"],
        json_schema_extra={"format": "email"},
    ),
    AfterValidator(rules.email),
]
FullName = Annotated[
    str, Field(max_length=rules.FULL_NAME_LENGTH, examples=["John Doe"]), AfterValidator(rules.full_name)
]
Bio = Annotated[
    str, Field(max_length=rules.BIO_LENGTH, examples=["Medical researcher"]), AfterValidator(rules.plain_text)
]
AvatarUrl = Annotated[
    str,
    Field(
        max_length=rules.URL_LENGTH,
        description=messages.WEB_ADDRESS_RULE.ru,
        examples=["https://example.com/avatar.jpg"],
    ),
    AfterValidator(rules.web_address),
]


CurrentPassword = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1024,
        description=messages.CURRENT_PASSWORD_RULE.ru,
        examples=["Stethoscope-42"],
        json_schema_extra={"format": "password"},
    ),
]


class RegisterBody(BaseModel):
    """A new user."""

    username: Username
    email: Email | None = None
    password: Password
    full_name: FullName | None = None
    bio: Bio | None = None
    avatar_url: AvatarUrl | None = None

    def profile(self) -> Profile:
        """Return everything but the password."""
        return Profile.model_validate(self.model_dump(exclude={"password"}))


class LoginBody(BaseModel):
    """What a user proves their identity with. Only the bounds are checked: whatever is wrong is answered alike."""

    username: Annotated[str, Field(min_length=1, max_length=1024, examples=["user123"])]
    password: Annotated[str, Field(min_length=1, max_length=1024, examples=["Stethoscope-42"])]


def _without_default(schema: dict[str, JsonValue]) -> None:
    schema.pop("default", None)


class ChangeUserBody(BaseModel):
    """What to replace; fields that are not given stay. null empties a field that may be empty.

    `password` requires `current_password`, the present one of the caller.
    """

    username: Username | SkipJsonSchema[None] = Field(default=None, json_schema_extra=_without_default)
    email: Email | None = None
    password: Password | SkipJsonSchema[None] = Field(default=None, json_schema_extra=_without_default)
    current_password: CurrentPassword | SkipJsonSchema[None] = Field(
        default=None, json_schema_extra=_without_default, validate_default=True
    )
    full_name: FullName | None = None
    bio: Bio | None = None
    avatar_url: AvatarUrl | None = None

    @field_validator("username", "password", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            raise InvalidValue(messages.NULL_NOT_ALLOWED)
        return value

    @field_validator("current_password")
    @classmethod
    def _require_beside_password(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("password") is not None:
            raise InvalidValue(messages.CURRENT_PASSWORD_REQUIRED)
        return value

    def fields(self) -> Mapping[str, str | None]:
        """Return the given fields of the profile."""
        return self.model_dump(exclude_unset=True, exclude={"password", "current_password"})

    def new_password(self, address: str) -> NewPassword | None:
        """Return the change of the password, asked for from an address; None when it stays."""
        if self.password is None or self.current_password is None:
            return None
        return NewPassword(self.password, self.current_password, address)


class TokenOut(BaseModel):
    """A bearer token."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105  (the scheme's name)


_USER: dict[str, JsonValue] = {
    "id": 1,
    "username": "user123",
    "email": "user@example.com",
    "full_name": "John Doe",
    "bio": "Medical researcher",
    "avatar_url": "https://example.com/avatar.jpg",
    "created_at": "2024-01-01T00:00:00Z",
    "updated_at": None,
}


class LoggedOutOut(BaseModel):
    """What was done."""

    message: str


class UserOut(BaseModel):
    """A user as others see them: `email` only for the user and for administrators."""

    model_config = ConfigDict(json_schema_extra={"examples": [_USER]})

    id: int
    username: str
    email: str | None
    full_name: str | None
    bio: str | None
    avatar_url: str | None
    created_at: datetime
    updated_at: datetime | None

    @classmethod
    def of(cls, person: Person, *, with_email: bool) -> "UserOut":
        """Show a person."""
        shown = person.profile if with_email else person.profile.changed({"email": None})
        return cls(id=person.id, created_at=person.created_at, updated_at=person.updated_at, **shown.model_dump())


class QuotaOut(BaseModel):
    """How much a user uses, and how much is allowed; null: any amount."""

    used: int
    allowed: int | None


class QuotasOut(BaseModel):
    """A user's quotas. Files are counted with the inputs of jobs; jobs as long as they have not ended."""

    bytes: QuotaOut
    files: QuotaOut
    jobs_waiting: QuotaOut

    @classmethod
    def of(cls, used: Usage, allowed: Allowance) -> "QuotasOut":
        """Show a usage."""
        return cls(
            bytes=QuotaOut(used=used.bytes, allowed=allowed.bytes),
            files=QuotaOut(used=used.files, allowed=allowed.files),
            jobs_waiting=QuotaOut(used=used.jobs_waiting, allowed=allowed.jobs_waiting),
        )


class CurrentUserOut(UserOut):
    """The caller, with their rights, what they use of their quotas, and how large a file may be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_USER,
                    "admin": False,
                    "quotas": {
                        "bytes": {"used": 1048576, "allowed": 107374182400},
                        "files": {"used": 3, "allowed": 10000},
                        "jobs_waiting": {"used": 1, "allowed": 20},
                    },
                    "max_upload_bytes": 4294967296,
                }
            ]
        }
    )

    admin: bool = Field(description=messages.ADMIN.ru)
    quotas: QuotasOut
    max_upload_bytes: int = Field(description=messages.MAX_UPLOAD_BYTES.ru)


class UserDeletedOut(BaseModel):
    """What was done."""

    message: str


class KeyOut(BaseModel):
    """A public key (RFC 7517, RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class KeysOut(BaseModel):
    """The keys that tokens are signed with."""

    keys: list[KeyOut]
