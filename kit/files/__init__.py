"""Files that are never half-true: everything is written under another name, synced, and renamed when it is whole."""

from kit.files.digests import array_digest, digest, file_sha256
from kit.files.directories import (
    DONE,
    changed_file,
    check_intact,
    finished_key,
    intact_key,
    link_intact,
    new_directory,
    new_plain_directory,
    write_done,
)
from kit.files.os_errors import ANOTHER_OUT, teaching_os_errors, unreadable
from kit.files.remembered import remembered_sha256
from kit.files.sync import make_folder, reserve_room, sync_file, sync_folder
from kit.files.temporary import remove_stale
from kit.files.writing import (
    link_or_copy,
    new_file,
    read_array,
    read_json,
    teaching_damage,
    temporary_file,
    write_array,
    write_json,
)

__all__ = [
    "ANOTHER_OUT",
    "DONE",
    "array_digest",
    "changed_file",
    "check_intact",
    "digest",
    "file_sha256",
    "finished_key",
    "intact_key",
    "link_intact",
    "link_or_copy",
    "make_folder",
    "new_directory",
    "new_file",
    "new_plain_directory",
    "read_array",
    "read_json",
    "remembered_sha256",
    "remove_stale",
    "reserve_room",
    "sync_file",
    "sync_folder",
    "teaching_damage",
    "teaching_os_errors",
    "temporary_file",
    "unreadable",
    "write_array",
    "write_done",
    "write_json",
]
