"""Identifiers of enterprises with their check digits."""

from models.base.errors import Invalid

_CREDIT_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_CREDIT_LENGTH = 18
_LICENCE_LENGTH = 16


def require_credit_code(text: str) -> str:
    """Check a unified social credit code (统一社会信用代码, GB 32100-2015) and return it.

    Raises:
        Invalid: wrong length, a character outside the set, or a wrong check character.
    """
    code = text.strip().upper()
    if len(code) != _CREDIT_LENGTH or any(char not in _CREDIT_CHARS for char in code):
        raise Invalid(f"credit code {text!r}: expected 18 of 0–9 and A–Y without I, O, S, V, Z")
    total = sum(_CREDIT_CHARS.index(c) * w for c, w in zip(code, _CREDIT_WEIGHTS, strict=False))
    expected = _CREDIT_CHARS[(31 - total % 31) % 31]
    if code[-1] != expected:
        raise Invalid(f"credit code {text!r}: check character is {code[-1]}, expected {expected}")
    return code


def licence_check_digit_ok(text: str) -> bool:
    """Return whether a food licence (JY/SC + 14 digits) has the right check digit (GB/T 17710, MOD 11,10).

    A failure is a warning, no refusal: some licence numbers in use have a wrong check digit.
    """
    digits = text[2:]
    if len(text) != _LICENCE_LENGTH or text[:2] not in {"JY", "SC"} or not digits.isdigit():
        return False
    p = 10
    for char in digits[:-1]:
        p = 2 * ((p + int(char)) % 10 or 10) % 11
    return int(digits[-1]) == (11 - p) % 10
