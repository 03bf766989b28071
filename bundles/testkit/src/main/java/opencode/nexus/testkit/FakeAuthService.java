package opencode.nexus.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Kind;
import opencode.nexus.api.auth.AuthService;
import org.jspecify.annotations.Nullable;

/** Lets in who knows {@link #PASSWORD}; the setup code is {@link #CODE}. Keeps everything in memory. */
public final class FakeAuthService implements AuthService {
    public static final String PASSWORD = "a long enough password";
    public static final String CODE = "setup-code";

    private final Map<String, Device> loggedIn = new LinkedHashMap<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final Set<String> links = new HashSet<>();
    private int linksMade;
    private boolean owned;

    /** True while every login is one too many. */
    public boolean locked;

    /** An owner exists. */
    public static FakeAuthService owned() {
        FakeAuthService auth = new FakeAuthService();
        auth.owned = true;
        return auth;
    }

    @Override
    public synchronized boolean setupRequired() {
        return !owned;
    }

    @Override
    public synchronized Grant setUp(String code, String password, String deviceName) {
        if (owned) {
            throw new NexusException(Kind.CONFLICT, "already-set-up", "There is an owner already.");
        }
        if (!code.equals(CODE)) {
            throw new NexusException(Kind.FORBIDDEN, "wrong-code", "This is not the code.");
        }
        owned = true;
        return grant(deviceName, null);
    }

    @Override
    public synchronized Optional<String> setupCode() {
        return owned ? Optional.empty() : Optional.of(CODE);
    }

    @Override
    public synchronized Grant login(
            String password, @Nullable String token, String deviceName, @Nullable String address) {
        if (locked) {
            throw NexusException.tooMany("too-many-tries", "Too many tries.", Duration.ofSeconds(90));
        }
        if (!password.equals(PASSWORD)) {
            throw new NexusException(Kind.UNAUTHENTICATED, "wrong-password", "This is not the password.");
        }
        return grant(deviceName, address);
    }

    @Override
    public synchronized Optional<Device> authenticate(String token) {
        return Optional.ofNullable(loggedIn.get(token));
    }

    @Override
    public void logout(String token) {
        Device device;
        synchronized (this) {
            device = loggedIn.remove(token);
        }
        if (device != null) {
            listeners.forEach(listener -> listener.accept(device.id()));
        }
    }

    /** Ends a login without telling anybody, as when it expires. */
    public synchronized void expire(String token) {
        loggedIn.remove(token);
    }

    @Override
    public synchronized void changePassword(String token, String current, String next) {
        login(current, token, "");
        loggedIn.keySet().retainAll(List.of(token));
    }

    @Override
    public synchronized void confirm(String token, String password) {
        if (!loggedIn.containsKey(token)) {
            throw new NexusException(Kind.UNAUTHENTICATED, "not-logged-in", "Log in first.");
        }
        if (locked) {
            throw NexusException.tooMany("too-many-tries", "Too many tries.", Duration.ofSeconds(90));
        }
        if (!password.equals(PASSWORD)) {
            throw new NexusException(Kind.FORBIDDEN, "wrong-password", "This is not the password.");
        }
    }

    @Override
    public synchronized LoginLink loginLink(String token) {
        if (!loggedIn.containsKey(token)) {
            throw new NexusException(Kind.UNAUTHENTICATED, "not-logged-in", "Log in first.");
        }
        String code = "code-of-link-number-" + ++linksMade;
        links.add(code);
        return new LoginLink(code, Instant.EPOCH.plusSeconds(300));
    }

    @Override
    public synchronized Grant loginByLink(String code, @Nullable String token, String deviceName, String address) {
        if (locked) {
            throw NexusException.tooMany("too-many-tries", "Too many tries.", Duration.ofSeconds(90));
        }
        if (!links.remove(code)) {
            throw new NexusException(Kind.FORBIDDEN, "link-expired", "This link is not good any more.");
        }
        return grant(deviceName, address);
    }

    @Override
    public synchronized List<Device> devices() {
        return new ArrayList<>(loggedIn.values());
    }

    @Override
    public void revoke(String deviceId) {
        List<String> tokens;
        synchronized (this) {
            tokens = loggedIn.entrySet().stream()
                    .filter(entry -> entry.getValue().id().equals(deviceId))
                    .map(Map.Entry::getKey)
                    .toList();
        }
        if (tokens.isEmpty()) {
            throw new NexusException(Kind.NOT_FOUND, "unknown-device", "There is no such device.");
        }
        tokens.forEach(this::logout);
    }

    @Override
    public AutoCloseable onLogoutOf(Consumer<String> deviceId) {
        listeners.add(deviceId);
        return () -> listeners.remove(deviceId);
    }

    /** How many want to know of logouts. */
    public int listeners() {
        return listeners.size();
    }

    private Grant grant(String deviceName, @Nullable String address) {
        int number = loggedIn.size() + 1;
        Device device = new Device("device-" + number, deviceName, Instant.EPOCH, Instant.EPOCH, true, address);
        String token = "token-of-device-number-" + number;
        loggedIn.put(token, device);
        return new Grant(token, device);
    }
}
