def catalogue_lookup(shelf: str, with_floor: bool = False) -> dict[str, object]:
    """The room where a shelf stands."""
    rooms = {"C": ("Workshop", 1), "E": ("Garden room", 1), "G": ("Harbour room", 2)}
    room, floor = rooms[shelf[:1]]
    return {"shelf": shelf, "room": room, "floor": floor} if with_floor else {"shelf": shelf, "room": room}
