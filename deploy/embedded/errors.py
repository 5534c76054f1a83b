"""The error of the embedded stack, with a stable code and a remedy."""


class EmbeddedError(Exception):
    """The embedded stack cannot do what was asked.

    Attributes:
        code: Stable snake_case name of the error, for `mingchu doctor` and for tests.
        message: What was found and what was expected.
        remedy: What the operator can do about it.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} ({code}). {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy
