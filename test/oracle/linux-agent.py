#!/usr/bin/env python3
"""The real Linux behind test/oracle: runs scenarios call by call and answers what the kernel said.

Started inside a private network namespace (unshare -n). A scenario is one line of JSON, a list of steps
[process, save as, call, arguments]; the answer is one line, the list of results. Every scenario gets a process whose
descriptors start at 0; `fork` makes more. A `warm` one that neither forks nor sleeps is played by a process that is kept:
it closes everything (TCP with a reset, so that no TIME-WAIT stays) and removes its files. Calls go to libc through
ctypes, so that no library of Python's stands between the kernel and its errno. Nothing outlives the scenario."""
import fcntl, json, os, shutil, signal, socket, struct, sys, tempfile, time

from linux_calls import Calls, libc

CONTROL = 1000
SYSCTLS = {
    'ipv4/tcp_congestion_control': ['cubic', 'reno'], 'ipv4/tcp_rmem': ['4096 131072 33554432'],
    'ipv4/tcp_wmem': ['4096 16384 4194304'], 'ipv4/icmp_ratemask': ['0'], 'ipv6/icmp/ratelimit': ['0'],
    'ipv4/ping_group_range': ['0 2147483647'], 'ipv4/tcp_timestamps': ['1'], 'ipv4/ip_local_port_range': ['32768 60999'],
}


def stock_settings():
    s = socket.socket()
    fcntl.ioctl(s, 0x8914, struct.pack('16sh22x', b'lo', 0x1 | 0x8 | 0x40))  # SIOCSIFFLAGS: UP, LOOPBACK, RUNNING
    s.close()
    for name, values in SYSCTLS.items():
        for value in values:
            try:
                with open('/proc/sys/net/' + name, 'w') as f: f.write(value)
                break
            except OSError: pass


def settle(patient):
    """Loopback delivers inside the call that sends; a patient run polls until the soft interrupts' queues stay empty."""
    calm = 0
    while patient and calm < 3:
        with open('/proc/net/softnet_stat') as f: waiting = sum(int(line.split()[11], 16) for line in f if len(line.split()) > 11)
        calm = 0 if waiting else calm + 1
        time.sleep(.001)


def perform(calls, steps, patient):
    results = []
    for save, call, args in steps:
        calls.save = save
        if call == 'fork': results.append(fork(calls)); continue
        r = getattr(calls, call)(*[calls.value(each) for each in args])
        if save and isinstance(r, int): calls.vars[save] = r
        if save and call == 'accept': calls.vars[save] = r[0] if isinstance(r, list) else -1
        results.append(r)
        settle(patient)
    return results


def fork(calls):
    ours, theirs = socket.socketpair()
    if os.fork() == 0:
        ours.close()
        serve(theirs, calls)
    theirs.close()
    with socket.socket(fileno=os.dup(CONTROL)) as control: socket.send_fds(control, [b'F'], [ours.fileno()])
    ours.close()
    return 0


def read_lines(fd):
    rest = b''
    while True:
        data = os.read(fd, 1 << 16)
        if not data: return
        *whole, rest = (rest + data).split(b'\n')
        yield from whole


def forget():
    for fd in range(64): libc.setsockopt(fd, 1, 13, bytes([1, 0, 0, 0, 0, 0, 0, 0]), 8)  # SO_LINGER of no time
    os.closerange(0, CONTROL)
    for name in os.listdir('.'): os.unlink(name)


def serve(control, calls):
    """A scenario's process: batches of steps in, their results out, until the other side goes."""
    os.dup2(control.fileno(), CONTROL)
    if control.fileno() != CONTROL: control.close()
    for line in read_lines(CONTROL):
        patient, steps, isWarm = json.loads(line)
        if isWarm: calls = Calls()
        try: data = json.dumps(perform(calls, steps, patient)).encode() + b'\n'
        except Exception as e: data = json.dumps({'error': repr(e)}).encode() + b'\n'
        if isWarm: forget()
        while data: data = data[os.write(CONTROL, data):]
    os._exit(0)


class Worker:
    def __init__(self, control): self.control, self.rest = control, b''

    def ask(self, batch, arrived):
        self.control.sendall(json.dumps(batch).encode() + b'\n')
        while b'\n' not in self.rest:
            data, fds, _, _ = socket.recv_fds(self.control, 1 << 16, 4)
            for fd in fds:
                arrived(Worker(socket.socket(fileno=fd)))
                data = data[1:]
            if not data and not fds: raise EOFError('the process of this scenario is gone')
            self.rest += data
        line, self.rest = self.rest.split(b'\n', 1)
        answer = json.loads(line)
        if isinstance(answer, dict): raise EOFError(answer['error'])
        return answer


def root_worker(folder):
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.chdir(folder)
        for sig in (signal.SIGPIPE, signal.SIGIO, signal.SIGURG): signal.signal(sig, signal.SIG_IGN)
        high = theirs.detach()
        os.dup2(high, CONTROL)
        os.closerange(0, CONTROL)
        serve(socket.socket(fileno=CONTROL), Calls())
    theirs.close()
    return pid, Worker(ours)


class Family:
    """The processes of a scenario and their folder."""
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='oracle-')
        self.pid, root = root_worker(self.folder)
        self.workers = {'main': root}

    def end(self):
        for each in self.workers.values(): each.control.close()
        try: os.killpg(self.pid, signal.SIGKILL)
        except OSError: pass
        try: os.waitpid(self.pid, 0)
        except OSError: pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def play(self, steps, patient, isWarm):
        results, at, workers = [], 0, self.workers
        try:
            while at < len(steps):
                name, end = steps[at][0], at + 1
                child = steps[at][1] if steps[at][2] == 'fork' else None
                while child is None and end < len(steps) and steps[end][0] == name and steps[end][2] != 'fork': end += 1
                results += workers[name].ask([patient, [each[1:] for each in steps[at:end]], isWarm],
                                             lambda made: workers.__setitem__(child, made))
                at = end
        except (EOFError, OSError, TimeoutError, KeyError) as e: return {'error': repr(e), 'results': results}
        return {'results': results}


warm = None


def run(request):
    global warm
    steps = request['steps']
    isWarm = request.get('warm', False) and not any(each[2] in ('fork', 'start') for each in steps)
    family = (warm or Family()) if isWarm else Family()
    signal.alarm(20)
    try: answer = family.play(steps, request.get('patient', False), isWarm)
    finally: signal.alarm(0)
    warm = family if isWarm and 'error' not in answer else None if isWarm else warm
    if family is not warm: family.end()
    return answer


def too_long(*_): raise TimeoutError('the scenario took more than 20 s')


if __name__ == '__main__':
    stock_settings()
    signal.signal(signal.SIGALRM, too_long)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with open('/proc/sys/net/ipv4/tcp_congestion_control') as f: congestion = f.read().strip()
    print(json.dumps({'kernel': os.uname().release, 'congestion': congestion}), flush=True)
    for request in sys.stdin: print(json.dumps(run(json.loads(request))), flush=True)
    if warm: warm.end()
