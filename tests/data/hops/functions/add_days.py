import datetime


def add_days(date: str, days: int) -> str:
    """A date so many days later, written out."""
    later = datetime.date.fromisoformat(date) + datetime.timedelta(days=days)
    return f"{later.day} {later:%B %Y}"
