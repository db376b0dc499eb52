"""What the chunks of the log say they belong to."""

from __future__ import annotations

from core.chunk import Chunk, unpack_chunk
from core.chunk_head import NO_SESSION
from core.log_record import KINDS
from core.profiles import People, Profile
from tests.pi.test_daemon import Rig

CHUNK = KINDS.index("chunk")
STANDS = {"mode": "standing"}


def heads(rig: Rig) -> list[tuple[str, int]]:
    """Session and profile version of the chunks so far, each change once."""
    rig.sampler.close()
    bodies = [m.payload for _, m in rig.mail.take("rec") if m.payload[0] == CHUNK]
    chunks: list[Chunk] = [unpack_chunk(body[1:]) for body in bodies]
    found = [(chunk.head.session, chunk.head.profile_version) for chunk in chunks]
    return list(dict.fromkeys(found))


def test_frames_are_of_the_session_and_the_profile_that_were_in_force() -> None:
    people = People({"ann": Profile(mode="standing")}, had_one=True)
    rig = Rig(rate_hz=10.0, people=people)
    rig.run(2.0)
    first = rig.ask("session.stop")["result"]["session"]
    rig.run(1.5)
    second = rig.ask("session.start")["result"]["session"]
    rig.run(1.5)
    assert rig.ask("profile.set", person="ann", profile=STANDS | {"version": 2})["ok"]
    rig.run(1.5)
    assert heads(rig) == [(NO_SESSION, 1), (first, 1), (second, 1), (second, 2)]
