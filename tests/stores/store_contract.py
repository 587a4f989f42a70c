"""What every adapter of the `Store` port promises; a test class inherits it and gives the fixture `make_store`.

Each call of `await make_store()` gives another handle on the same data, which is empty in each test; the fixture closes
them. A store that other processes can see inherits `LeaseContract` too, and says how a lease comes to be over.
"""

from stores.append_contract import AppendContract
from stores.mail_contract import MailContract
from stores.read_contract import ReadContract
from stores.retention_contract import RetentionContract
from stores.run_contract import RunContract


class StoreContract(RunContract, AppendContract, MailContract, ReadContract, RetentionContract):
    """All that holds for every store."""
