"""gdb: `corduroy tasks` prints the tasks that live in a program of Corduroy's, and what each waits for.

It reads memory alone and calls nothing in the program, so it works on a core as well as on a process that is stopped;
and it finds its way by a table in the library (lib/async/inspect/debugger_table.cpp), so it needs no debug information,
only that the program or libcorduroy.so keeps its symbols. gdb loads it by itself together with libcorduroy.so, where it
trusts the folder; otherwise: source corduroy-gdb.py.
"""

import struct

import gdb

FIELDS = """version roster roster_next roster_reactor roster_thread reactor_step reactor_tasks reactor_ready ready_next
    step_task link_next promise_link promise_ready promise_waits promise_awaited promise_site promise_stage
    promise_number stage_nested stage_awaited owner_role owner_home point_kind kind_awaiter kind_words kind_offset
    kind_refers kind_performs performing_opcode performing_fd""".split()
OPCODES = "nop timer poll accept socket connect receive send read write open shutdown close signal".split()
LONGEST = 1_000_000  # of a list, or a chain: memory may be damaged


def read(address, form):
    memory = gdb.selected_inferior().read_memory(address, struct.calcsize(form))
    return struct.unpack(form, bytes(memory))[0]


def word(address):
    return read(address, "=Q")


def string(address):
    """Zero-terminated, at the end of readable memory too."""
    if not address:
        return ""
    found = b""
    while not found.endswith(b"\0") and len(found) < 4096:
        found += bytes(gdb.selected_inferior().read_memory(address + len(found), 1))
    return found[:-1].decode(errors="replace")


def type_name(type_info):
    mangled = string(word(type_info + 8)).lstrip("*")
    readable = gdb.execute("demangle -l c++ -- _ZTI" + mangled, to_string=True).strip()
    return readable.replace("typeinfo for ", "")


def is_machinery(function):
    """Whether the function itself is in corduroy::detail, whatever it takes or returns."""
    name, depth = "", 0
    for character in function:
        depth += (character == "<") - (character == ">")
        if depth > 0 or character == ">":
            continue
        if character == "(" and name:
            break
        name = "" if character == " " else name + character
    return name.startswith("corduroy::detail::")


def listed(first, next_offset):
    for _ in range(LONGEST):
        if not first:
            return
        yield first
        first = word(first + next_offset)


class Table:
    def __init__(self):
        try:
            address = int(gdb.parse_and_eval("(unsigned long)&corduroy_debugger_table"))
        except gdb.error as error:
            raise gdb.GdbError("no corduroy_debugger_table: no program of Corduroy's, or its symbols were stripped") \
                from error
        for index, field in enumerate(FIELDS):
            setattr(self, field, word(address + 8 * index))
        if self.version != 2:
            raise gdb.GdbError(f"this script knows version 2 of Corduroy's table, and the program has {self.version}")

    def site(self, promise):
        """The "file:line function" of a coroutine's last await; nothing before the first, and of our machinery."""
        place = word(promise + self.promise_site)  # libstdc++'s source_location points at names and numbers
        if not place:
            return None
        line = read(place + 16, "=I")
        if not line:
            return None
        function = string(word(place + 8))
        if is_machinery(function):
            return None
        return f"{string(word(place))}:{line}" + ("" if function.endswith(".Frame*)") else " " + function)

    def child(self, promise):
        awaited = word(promise + self.promise_awaited)
        return awaited if awaited and awaited & 1 == 0 else 0

    def running(self, reactor):
        """The coroutines of the running step, the outermost first."""
        row, at = [], word(word(reactor + self.reactor_step) + self.step_task)
        while at and len(row) < LONGEST:
            row.insert(0, at)
            stage = read(at + self.promise_stage, "=B")
            at = word(at + self.promise_waits) if stage in (self.stage_nested, self.stage_awaited) else 0
        return row

    def waits_for(self, promise):
        awaited = word(promise + self.promise_awaited)
        if awaited & 1 == 0:
            return "ready to run"
        point = awaited - 1
        kind = word(point + self.point_kind)
        awaiter = word(kind + self.kind_awaiter) if kind else 0
        if not awaiter:
            return "ready to run"
        if read(kind + self.kind_performs, "=B"):
            at = point + read(kind + self.kind_offset, "=I")
            if read(kind + self.kind_refers, "=B"):
                at = word(at)
            opcode = read(at + self.performing_opcode, "=B")
            name = OPCODES[opcode] if opcode < len(OPCODES) else f"operation {opcode}"
            fd = read(at + self.performing_fd, "=i")
            return name + (f" on descriptor {fd}" if fd >= 0 else "")
        return string(word(kind + self.kind_words)) or type_name(awaiter)


def print_reactor(table, entry):
    reactor = word(entry + table.roster_reactor)
    print(f"reactor in thread {read(entry + table.roster_thread, '=i')}:")
    queued = set(listed(word(reactor + table.reactor_ready), table.ready_next))
    running = table.running(reactor)
    tasks = []  # in the order of their start: the coroutine in whose frame its owner lies, a line, its coroutines
    for link in listed(word(reactor + table.reactor_tasks), table.link_next):
        task = link - table.promise_link
        row = [task]
        if running and running[0] == task:
            row, state = running, "running"
        else:
            while table.child(row[-1]) and len(row) < LONGEST:
                row.append(table.child(row[-1]))
            state = "ready to run" if row[-1] + table.promise_ready in queued else table.waits_for(row[-1])
        owner = word(task + table.promise_waits)
        role, number = string(word(owner + table.owner_role)), read(task + table.promise_number, "=I")
        tasks.append((word(owner + table.owner_home), f"{role} #{number}: {state}", row))
    task_of = {coroutine: index for index, (_, _, row) in enumerate(tasks) for coroutine in row}
    children = {}
    for index, (home, _, _) in enumerate(tasks):
        parent = task_of.get(home, index)
        children.setdefault(parent if parent < index else None, []).append(index)
    stack = [(index, 1) for index in reversed(children.get(None, []))]
    while stack:
        index, depth = stack.pop()
        _, line, row = tasks[index]
        print("    " * depth + line)
        for coroutine in row:
            site = table.site(coroutine)
            if site:
                print("    " * (depth + 1) + site)
        stack += [(child, depth + 1) for child in reversed(children.get(index, []))]


class Corduroy(gdb.Command):
    """Looks into programs of Corduroy's."""

    def __init__(self):
        super().__init__("corduroy", gdb.COMMAND_STATUS, prefix=True)


class Tasks(gdb.Command):
    """corduroy tasks: prints the tasks that live on each reactor, their await sites, and what each waits for."""

    def __init__(self):
        super().__init__("corduroy tasks", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        table = Table()
        for entry in listed(word(table.roster), table.roster_next):
            print_reactor(table, entry)


Corduroy()
Tasks()
