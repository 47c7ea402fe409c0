"""The calls of a scenario, made on the real kernel through libc: arguments from JSON, results and errnos to JSON."""
import ctypes, errno, mmap, struct, threading, time, zlib

libc = ctypes.CDLL(None, use_errno=True)


def answer(result):
    number = ctypes.get_errno()
    return result if result >= 0 else 'EOPNOTSUPP' if number == 95 else errno.errorcode.get(number, str(number))


def text(data):
    """What crosses the pipe for bytes: themselves as latin1, or length and CRC when they are many."""
    return data.decode('latin1') if len(data) <= 64 else '%d bytes, crc %08x' % (len(data), zlib.crc32(data))


class Calls:
    def __init__(self):
        self.vars, self.sleeping, self.maps = {}, {}, {}

    # arguments
    def value(self, arg):
        if isinstance(arg, str) and arg.startswith('$'): return self.vars.get(arg, -1)
        return libc.getpid() if arg == '@self' else arg

    def data(self, arg):
        return arg.encode('latin1') if isinstance(arg, str) else bytes([arg[1]]) * arg[0]

    def address(self, arg):
        if arg is None: return None, 0
        raw = bytearray.fromhex(arg['hex'])
        if 'port' in arg: raw[2:4] = struct.pack('!H', self.value(arg['port']) & 0xffff)
        return bytes(raw), arg.get('length', len(raw))

    def named(self, call, *args):
        room, size = ctypes.create_string_buffer(128), ctypes.c_uint(128)
        r = answer(call(*args, room, ctypes.byref(size)))
        return r, room.raw[:min(size.value, 128)].hex() if not isinstance(r, str) else None

    # calls: fd first, as in the manual
    def socket(self, f, t, p): return answer(libc.socket(f, t, p))

    def pair(self, made, pairs):
        if made < 0: return answer(made)
        self.vars[self.save + '.0'], self.vars[self.save + '.1'] = pairs[0], pairs[1]
        return list(pairs)

    def socketpair(self, f, t, p):
        two = (ctypes.c_int * 2)()
        return self.pair(libc.socketpair(f, t, p, two), two)

    def pipe(self, flags):
        two = (ctypes.c_int * 2)()
        return self.pair(libc.pipe2(two, flags), two)

    def bind(self, fd, to):
        raw, n = self.address(to)
        return answer(libc.bind(fd, raw, n))

    def connect(self, fd, to):
        raw, n = self.address(to)
        return answer(libc.connect(fd, raw, n))

    def listen(self, fd, backlog): return answer(libc.listen(fd, backlog))

    def accept(self, fd, flags):
        room, size = ctypes.create_string_buffer(128), ctypes.c_uint(128)
        r = answer(libc.accept4(fd, room, ctypes.byref(size), flags))
        return r if isinstance(r, str) else [r, room.raw[:size.value].hex()]

    def getsockname(self, fd):
        r, raw = self.named(libc.getsockname, fd)
        if raw is None: return r
        if self.save and len(raw) >= 8: self.vars[self.save] = int(raw[4:8], 16)
        return raw

    def getpeername(self, fd):
        r, raw = self.named(libc.getpeername, fd)
        return r if raw is None else raw

    def write(self, fd, data):
        b = self.data(data)
        return answer(libc.write(fd, b, ctypes.c_size_t(len(b))))

    def read(self, fd, n):
        room = ctypes.create_string_buffer(max(n, 1))
        r = answer(libc.read(fd, room, ctypes.c_size_t(n)))
        return r if isinstance(r, str) else [r, text(room.raw[:r])]

    def vector(self, parts):
        rooms = [ctypes.create_string_buffer(part, max(len(part), 1)) for part in parts]
        packed = b''.join(struct.pack('PN', ctypes.addressof(room), len(part)) for room, part in zip(rooms, parts))
        return rooms, ctypes.create_string_buffer(packed)

    def writev(self, fd, *data):
        rooms, vector = self.vector([self.data(each) for each in data])
        return answer(libc.writev(fd, vector, len(rooms)))

    def readv(self, fd, *sizes):
        rooms, vector = self.vector([bytes(each) for each in sizes])
        r = answer(libc.readv(fd, vector, len(rooms)))
        return r if isinstance(r, str) else [r, text(b''.join(room.raw[:size] for room, size in zip(rooms, sizes))[:r])]

    def send(self, fd, data, flags): return self.sendto(fd, data, flags, None)

    def sendto(self, fd, data, flags, to):
        b = self.data(data)
        raw, n = self.address(to)
        return answer(libc.sendto(fd, b, ctypes.c_size_t(len(b)), flags, raw, n))

    def recv(self, fd, n, flags):
        room = ctypes.create_string_buffer(max(n, 1))
        r = answer(libc.recv(fd, room, ctypes.c_size_t(n), flags))
        return r if isinstance(r, str) else [r, text(room.raw[:min(r, n)])]

    def recvfrom(self, fd, n, flags):
        room, name, size = ctypes.create_string_buffer(max(n, 1)), ctypes.create_string_buffer(128), ctypes.c_uint(128)
        r = answer(libc.recvfrom(fd, room, ctypes.c_size_t(n), flags, name, ctypes.byref(size)))
        return r if isinstance(r, str) else [r, text(room.raw[:min(r, n)]), name.raw[:size.value].hex()]

    def sendmsg(self, fd, data, flags, to, control, *more):
        raw, n = self.address(to)
        packed = b''
        for level, kind, body in control:
            body = b''.join(struct.pack('i', self.value(each)) for each in body) if isinstance(body, list) else bytes.fromhex(body)
            packed += struct.pack('Nii', 16 + len(body), level, kind) + body + bytes(-len(body) % 8)
        rooms, vector = self.vector([self.data(each) for each in (data, *more)])
        head, keep = message(raw, n, vector, len(rooms), packed, len(packed))
        return answer(libc.sendmsg(fd, head, flags))

    def recvmsg(self, fd, n, flags, controlLength, *more):
        sizes = (n, *more)
        rooms, vector = self.vector([bytes(each) for each in sizes])
        name, control = (ctypes.create_string_buffer(max(each, 1)) for each in (128, controlLength))
        head, keep = message(name, 128, vector, len(rooms), control, controlLength)
        r = answer(libc.recvmsg(fd, head, flags))
        if isinstance(r, str): return r
        size, used, out = struct.unpack_from('I', head, 8)[0], struct.unpack_from('Q', head, 40)[0], struct.unpack_from('i', head, 48)[0]
        data = b''.join(room.raw[:each] for room, each in zip(rooms, sizes))[:min(r, sum(sizes))]
        return [r, text(data), name.raw[:size].hex(), out & ~0x40000000, self.controls(control, used)]

    def controls(self, control, used):
        """Level, type and body of each control message; descriptors that came get names."""
        found, at = [], 0
        while at + 16 <= used:
            length, level, kind = struct.unpack_from('Nii', control, at)
            if length < 16: break
            body = control.raw[at + 16:min(at + length, used)]
            if (level, kind) == (1, 1):
                for i in range(0, len(body) // 4 * 4, 4): self.vars['%s.%d' % (self.save, i // 4)] = struct.unpack_from('i', body, i)[0]
            found.append([level, kind, body.hex()])
            at += (length + 7) & ~7
        return found

    def shutdown(self, fd, how): return answer(libc.shutdown(fd, how))
    def close(self, fd): return answer(libc.close(fd))
    def dup(self, fd): return answer(libc.dup(fd))
    def dup2(self, fd, to): return answer(libc.dup2(fd, to))
    def fcntl(self, fd, command, arg): return answer(libc.fcntl(fd, command, ctypes.c_long(arg)))

    def ioctl(self, fd, request, arg):
        cell = ctypes.c_int(arg)
        r = answer(libc.ioctl(fd, ctypes.c_ulong(request), ctypes.byref(cell)))
        return r if isinstance(r, str) else cell.value if request not in (0x5421, 0x5452) else r

    def setsockopt(self, fd, level, name, value):
        raw = struct.pack('i', value) if isinstance(value, int) else bytes.fromhex(value)
        if (level, name) == (1, 26) and not isinstance(value, int):  # SO_ATTACH_FILTER: behind a pointer
            program = ctypes.create_string_buffer(raw)
            raw = struct.pack('HxxxxxxP', len(raw) // 8, ctypes.addressof(program))
        return answer(libc.setsockopt(fd, level, name, raw, len(raw)))

    def getsockopt(self, fd, level, name, length, request=''):
        room, size = ctypes.create_string_buffer(length if length > 0 else 256 if length < 0 else 1), ctypes.c_uint(length & 0xffffffff)
        ctypes.memmove(room, bytes.fromhex(request), min(len(request) // 2, len(room)))
        r = answer(libc.getsockopt(fd, level, name, room, ctypes.byref(size)))
        return r if isinstance(r, str) else room.raw[:size.value].hex()

    def poll(self, *pairs):
        fds = pairs[:-1] if len(pairs) % 2 else pairs
        timeout = pairs[-1] if len(pairs) % 2 else 0
        packed = ctypes.create_string_buffer(b''.join(struct.pack('iHH', fds[i], fds[i + 1], 0) for i in range(0, len(fds), 2)))
        r = answer(libc.poll(packed, ctypes.c_ulong(len(fds) // 2), timeout))
        return r if isinstance(r, str) else [r] + [struct.unpack_from('H', packed, 8 * i + 6)[0] for i in range(len(fds) // 2)]

    def epoll_create(self, flags): return answer(libc.epoll_create1(flags))

    def epoll_ctl(self, ep, op, fd, events, data):
        return answer(libc.epoll_ctl(ep, op, fd, struct.pack('=IQ', events, data)))

    def epoll_wait(self, ep, most, timeout=0):
        room = ctypes.create_string_buffer(12 * max(most, 1))
        r = answer(libc.epoll_wait(ep, room, most, timeout))
        return r if isinstance(r, str) else [list(struct.unpack_from('=IQ', room, 12 * i)) for i in range(r)]

    def mmap(self, fd, length):
        try: self.maps['@' + self.save] = mmap.mmap(fd, length)
        except OSError as e: return errno.errorcode[e.errno]
        return 0

    def mapped(self, name, at, count): return self.maps[name][at:at + count].hex() if name in self.maps else ''

    def unmap(self, name):
        if name in self.maps: self.maps.pop(name).close()
        return 0

    def netlink(self, fd, request, keep, mask=''):
        """Sends a request (when there is one) and reads what waits; each message as type, flags, fixed part, chosen attributes."""
        if request:
            raw = bytes.fromhex(request)
            r = answer(libc.send(fd, raw, ctypes.c_size_t(len(raw)), 0))
            if isinstance(r, str): return r
        out, room = [], ctypes.create_string_buffer(65536)
        while True:
            r = answer(libc.recv(fd, room, ctypes.c_size_t(65536), 0x40))
            if isinstance(r, str): return out + ([] if r == 'EAGAIN' else [r])
            out += netlink_messages(room.raw[:r], keep)

    def sendfile(self, out, fd, offset, count):
        at = None if offset is None else ctypes.byref(ctypes.c_int64(offset))
        return answer(libc.sendfile(out, fd, at, ctypes.c_size_t(count & (2 ** 64 - 1))))

    def splice(self, fd, out, count): return answer(libc.splice(fd, None, out, None, ctypes.c_size_t(count & (2 ** 64 - 1)), 2))
    def timerfd_create(self, clock, flags): return answer(libc.timerfd_create(clock, flags))

    def timerfd_settime(self, fd, flags, value, interval):
        split = lambda us: (us // 1000000, us % 1000000 * 1000)
        return answer(libc.timerfd_settime(fd, flags, struct.pack('qqqq', *split(interval), *split(value)), None))

    def timerfd_gettime(self, fd): return answer(libc.timerfd_gettime(fd, ctypes.create_string_buffer(32)))
    def sendmmsg(self, fd, flags, to, *parts):
        heads, keep, (raw, n) = b'', [], self.address(to)
        for part in parts:
            head, kept = message(raw, n, *self.gathered([self.data(part)], keep), None, 0)
            heads, _ = heads + head.raw[:56] + bytes(8), keep.append((head, kept))
        vector = ctypes.create_string_buffer(heads or bytes(64))
        r = answer(libc.sendmmsg(fd, vector, len(parts), flags))
        return r if isinstance(r, str) else [r, [struct.unpack_from('I', vector, 64 * i + 56)[0] for i in range(r)]]

    def recvmmsg(self, fd, flags, *sizes):
        heads, keep, rooms = b'', [], []
        for size in sizes:
            rooms.append(ctypes.create_string_buffer(max(size, 1)))
            packed = ctypes.create_string_buffer(struct.pack('PN', ctypes.addressof(rooms[-1]), size))
            head, kept = message(None, 0, packed, 1, None, 0)
            heads, _ = heads + head.raw[:56] + bytes(8), keep.append((head, kept))
        vector = ctypes.create_string_buffer(heads or bytes(64))
        r = answer(libc.recvmmsg(fd, vector, len(sizes), flags, None))
        if isinstance(r, str): return r
        lengths = [struct.unpack_from('I', vector, 64 * i + 56)[0] for i in range(r)]
        marks = [struct.unpack_from('i', vector, 64 * i + 48)[0] & ~0x40000000 for i in range(r)]
        return [r, [[n, text(room.raw[:min(n, size)]), mark] for n, room, size, mark in zip(lengths, rooms, sizes, marks)]]

    def gathered(self, parts, keep):
        rooms, vector = self.vector(parts)
        keep.append((rooms, vector))
        return vector, len(rooms)

    def setuid(self, uid): return answer(libc.setuid(uid))
    def waitpid(self, pid, options): return answer(libc.waitpid(pid, None, options))
    def kill(self, pid, sig): return answer(libc.kill(libc.getpid() if pid == 'self' else pid, sig))

    def select(self, nfds, reading, writing=None, excepting=None, timeout=0):
        """With one set how many are ready; with three also who."""
        sets = [self.bits(each) for each in (reading, writing, excepting)]
        time = struct.pack('qq', timeout // 1000, timeout % 1000 * 1000)
        r = answer(libc.select(nfds, *sets, ctypes.create_string_buffer(time)))
        if isinstance(r, str) or writing is None: return r
        return [r] + [[fd for fd in range(1024) if each.raw[fd // 8] >> fd % 8 & 1] for each in sets]

    def bits(self, members):
        if members is None: return None
        bits = bytearray(128)
        for fd in (self.value(each) for each in members):
            if fd >= 0: bits[fd // 8] |= 1 << fd % 8
        return ctypes.create_string_buffer(bytes(bits), 128)

    def eventfd(self, initial, flags): return answer(libc.eventfd(initial, flags))
    def open(self, path, flags): return answer(libc.open(path.encode(), flags, 0o644))
    def unlink(self, path): return answer(libc.unlink(path.encode()))
    def getpid(self): return 'pid'
    def sleep(self, ms): time.sleep(ms / 1000); return 0

    # sleeping calls: a thread each, watched until it really sleeps in the kernel
    def start(self, call, *args):
        out, worker = [], None
        def run():
            out.append(getattr(self, call)(*args))
        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        for _ in range(10000):
            if out or in_kernel(worker): break
            time.sleep(.0005)
        self.sleeping[self.save] = worker, out
        return None

    def result(self, name, patience):
        """A thread that lies in the kernel at three glances, none of them on its way out, sleeps."""
        worker, out = self.sleeping[name]
        if patience: worker.join(10)
        calm = 0
        while not out and calm < 3:
            calm = calm + 1 if in_kernel(worker) else 0
            worker.join(.001)
        return out[0] if out else 'sleeps'


def in_kernel(worker):
    """Asleep in a call, and not in the futex of Python's own lock."""
    try:
        with open('/proc/self/task/%d/syscall' % worker.native_id) as f: call = f.read().split()[0]
        with open('/proc/self/task/%d/stat' % worker.native_id) as f: state = f.read().rsplit(')', 1)[1].split()[0]
        return call not in ('202', '-1', 'running') and state == 'S'
    except (OSError, TypeError, IndexError): return False


def message(name, nameLength, vector, count, control, size):
    """struct msghdr and what must stay alive beside it."""
    pointer = lambda each: ctypes.cast(ctypes.c_char_p(each) if isinstance(each, bytes) else each, ctypes.c_void_p).value or 0
    head = ctypes.create_string_buffer(struct.pack('PIxxxxPNPNixxxx', pointer(name) if name else 0, nameLength, pointer(vector), count,
                                                   pointer(control) if size else 0, size, 0), 56)
    return head, (name, vector, control)


FIXED = {16: 16, 17: 16, 20: 8, 21: 8, 24: 12, 25: 12, 28: 12, 29: 12}


def netlink_messages(data, keep):
    out, at = [], 0
    while at + 16 <= len(data):
        length, kind, flags, sequence = struct.unpack_from('IHHI', data, at)
        body = data[at + 16:at + length]
        at += (length + 3) & ~3
        fixed = FIXED.get(kind)
        if fixed is None:
            out.append([kind, flags, sequence, body.hex() if kind == 3 else [struct.unpack_from('i', body)[0], len(body)]])
            continue
        found, place = [], fixed
        while place + 4 <= len(body):
            size, what = struct.unpack_from('HH', body, place)
            if size < 4: break
            if what in keep: found.append([what, body[place + 4:place + size].hex()])
            place += (size + 3) & ~3
        out.append([kind, flags, sequence, body[:fixed].hex(), found])
    return out
