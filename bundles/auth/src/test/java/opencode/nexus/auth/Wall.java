package opencode.nexus.auth;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService.Grant;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.testkit.FakeClock;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.osgi.util.converter.Converters;

/** A login service with cheap hashes, a home and a clock that a test holds in its hands, and which can be restarted. */
final class Wall implements AutoCloseable {
    static final String PASSWORD = "correct horse battery 9 staple x";
    static final String WRONG = "incorrect horse battery 9 staple";
    static final Argon2.Cost CHEAP = new Argon2.Cost(8, 1, 1);

    final FakeClock clock = new FakeClock();
    final NexusHome home;
    PasswordAuth auth;

    private final Map<String, Object> config;

    Wall(NexusHome home) {
        this(home, Map.of());
    }

    Wall(NexusHome home, Map<String, Object> config) {
        this.home = home;
        this.config = config;
        this.auth = start(clock, CHEAP);
    }

    /** A wall with an owner, and the browser that set it up. */
    Grant setUp() {
        return auth.setUp(code(), PASSWORD, "Firefox on a laptop");
    }

    String code() {
        return auth.setupCode().orElseThrow();
    }

    void restart() {
        auth.close();
        auth = start(clock, CHEAP);
    }

    PasswordAuth start(Clock time, Argon2.Cost cost) {
        return new PasswordAuth(
                Converters.standardConverter().convert(config).to(PasswordAuth.Config.class),
                home,
                time,
                new SecureRandom(),
                cost,
                "workbench");
    }

    Path file(String name) {
        return home.directory("auth").resolve(name);
    }

    String content(String name) {
        return home.read(file(name))
                .map(content -> new String(content, StandardCharsets.UTF_8))
                .orElse("");
    }

    void put(String name, String content) {
        home.write(file(name), content.getBytes(StandardCharsets.UTF_8));
    }

    static NexusException failure(ThrowingCallable call) {
        try {
            call.call();
        } catch (NexusException e) {
            return e;
        } catch (Throwable e) {
            throw new AssertionError("failed, but not as it should", e);
        }
        throw new AssertionError("nothing failed");
    }

    @Override
    public void close() {
        auth.close();
    }

    /** A home in memory, for tests that write very often. */
    static final class MemoryHome implements NexusHome {
        private final Map<Path, byte[]> files = new ConcurrentHashMap<>();

        @Override
        public Path directory(String name) {
            return Path.of("nowhere", name);
        }

        @Override
        public void write(Path file, byte[] content) {
            files.put(file, content);
        }

        @Override
        public Optional<byte[]> read(Path file) {
            return Optional.ofNullable(files.get(file));
        }
    }
}
