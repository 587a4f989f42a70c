from datetime import datetime


def weekday_of(date: str) -> list[dict[str, str]]:
    """The weekday of a date."""
    return [{"date": date, "weekday": datetime.strptime(date, "%d %B %Y").strftime("%A").lower()}]
