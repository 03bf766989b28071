package opencode.nexus.api.auth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Decides who gets in. There is one owner, with one password; each browser that logged in is a <em>device</em>, known by
 * a random token of which only a hash is stored. Safe for use by several threads.
 */
@ProviderType
public interface AuthService {

    /** True until there is an owner. */
    boolean setupRequired();

    /**
     * Makes the caller the owner. Exactly one of any number of simultaneous calls wins.
     *
     * @param deviceName what the browser calls itself, shown in the list of devices
     * @throws opencode.nexus.api.NexusException FORBIDDEN {@code wrong-code} for a wrong, used or expired code; CONFLICT
     *     {@code already-set-up}; INVALID {@code password} when it is too weak, the code is then still good
     */
    Grant setUp(String code, String password, String deviceName);

    /**
     * The code that {@link #setUp} wants, made anew when the last one is used up or too old; empty once there is an owner.
     * A secret: for the console and the launcher only.
     */
    Optional<String> setupCode();

    /** As {@link #login(String, String, String, String)}, from this machine. */
    default Grant login(String password, @Nullable String token, String deviceName) {
        return login(password, token, deviceName, null);
    }

    /**
     * Logs a browser in.
     *
     * @param token what the browser still holds from an earlier login on this side of the tunnel, null when it is unknown: a known device has a
     *     counter of its own, the unknown ones of one network share one
     * @param address where it is from, as the tunnel tells: an IP address or {@code unknown}; null when it did not come through the tunnel
     * @throws opencode.nexus.api.NexusException UNAUTHENTICATED {@code wrong-password}; TOO_MANY {@code too-many-tries};
     *     CONFLICT {@code not-set-up}
     */
    Grant login(String password, @Nullable String token, String deviceName, @Nullable String address);

    /** The device a token belongs to, if it is logged in. Fast: no password hashing. */
    Optional<Device> authenticate(String token);

    /** Ends the login of the device this token belongs to. The device stays known. */
    void logout(String token);

    /** Changes the password and ends all logins but that of {@code token}. Failures as in {@link #login} and {@link #setUp}. */
    void changePassword(String token, String current, String next);

    /**
     * Returns when the password is that of the owner: for what a login alone does not allow. Counted as a try of the device.
     *
     * @param token of a device that is logged in
     * @throws opencode.nexus.api.NexusException FORBIDDEN {@code wrong-password}; TOO_MANY {@code too-many-tries};
     *     UNAUTHENTICATED {@code not-logged-in}
     */
    void confirm(String token, String password);

    /**
     * Makes a link by which a new device gets in without the password: once, within five minutes, and only through the
     * tunnel. It ends with the login that made it, and when the password is changed. Few are open at a time, else the
     * oldest ends.
     *
     * @param token of a device that is logged in
     * @throws opencode.nexus.api.NexusException UNAUTHENTICATED {@code not-logged-in}
     */
    LoginLink loginLink(String token);

    /**
     * Logs a browser in by such a link, as {@link #login(String, String, String, String)} does by the password.
     *
     * @param address where it is from, as the tunnel tells: an IP address or {@code unknown}
     * @throws opencode.nexus.api.NexusException FORBIDDEN {@code link-expired} when the code was used, is too old or never
     *     was; TOO_MANY {@code too-many-tries}; CONFLICT {@code not-set-up}
     */
    Grant loginByLink(String code, @Nullable String token, String deviceName, String address);

    List<Device> devices();

    /**
     * Forgets a device and ends its login.
     *
     * @throws opencode.nexus.api.NexusException NOT_FOUND {@code unknown-device}
     */
    void revoke(String deviceId);

    /** Calls back with the id of each device whose login ends, at once and on the calling thread; until closed. */
    AutoCloseable onLogoutOf(Consumer<String> deviceId);

    /** A login that was granted. {@code token} is a secret: it goes into the cookie and nowhere else. */
    record Grant(String token, Device device) {
        @Override
        public String toString() {
            return "Grant[" + device + "]";
        }
    }

    /** What a link holds. {@code code} is a secret until it is used. */
    record LoginLink(String code, Instant expiresAt) {
        @Override
        public String toString() {
            return "LoginLink[" + expiresAt + "]";
        }
    }

    /**
     * A browser that has logged in.
     *
     * @param address where it logged in from last, when that was through the tunnel: its login holds only there. Null when it
     *     did not: then its login does not hold there
     */
    record Device(
            String id,
            String name,
            Instant createdAt,
            Instant lastSeenAt,
            boolean loggedIn,
            @Nullable String address) {}
}
