"""What a sign-off of an evaluation needs: a role, a name and an opinion. Pure."""

from models.base.errors import Invalid, NotAllowed
from models.catalogue.terms import Role
from models.domain.access import Actor

MAY_SIGN_OFF = frozenset({Role.regulator, Role.admin})
LONGEST_NAME, LONGEST_OPINION = 50, 2000


def check_words(name: str, opinion: str, *, by: Actor) -> None:
    """Check who signs off, and with what words.

    Raises:
        NotAllowed: the role may not.
        Invalid: a text is missing or too long.
    """
    if by.role not in MAY_SIGN_OFF:
        raise NotAllowed(f"a sign-off needs one of the roles {', '.join(sorted(MAY_SIGN_OFF))}; your role is {by.role}")
    for what, text, longest in (("name", name, LONGEST_NAME), ("opinion", opinion, LONGEST_OPINION)):
        if not 1 <= len(text.strip()) <= longest:
            raise Invalid(f"{what}: expected 1–{longest} characters")
