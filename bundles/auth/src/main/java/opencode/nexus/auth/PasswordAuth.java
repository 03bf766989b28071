package opencode.nexus.auth;

import static opencode.nexus.api.NexusException.Kind.FORBIDDEN;
import static opencode.nexus.api.NexusException.Kind.UNAUTHENTICATED;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.auth.AuthService;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.Notification;
import opencode.nexus.api.notify.NotificationService;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One owner, one password, one list of devices, all in {@code state/auth}.
 *
 * <p>Whatever looks at the password happens in a turn of {@link Argon2}, and turns never overlap: so a login cannot slip
 * between the check of an old password and the writing of a new one.
 */
@Component(service = AuthService.class, configurationPid = "opencode.nexus.auth", immediate = true)
@Designate(ocd = PasswordAuth.Config.class)
public final class PasswordAuth implements AuthService {

    /** How long logins last. */
    @ObjectClassDefinition(name = "Nexus: login")
    public @interface Config {
        @AttributeDefinition(description = "Days after which a login ends that was not used", min = "1", max = "3650")
        int idleDays() default 30;

        @AttributeDefinition(description = "Days after which every login ends", min = "1", max = "3650")
        int absoluteDays() default 180;

        @AttributeDefinition(description = "How many browsers are remembered", min = "1", max = "1000")
        int maxDevices() default 50;
    }

    private static final Logger LOG = LoggerFactory.getLogger(PasswordAuth.class);
    private static final String WRONG_PASSWORD = "wrong-password";
    private static final DateTimeFormatter LOGIN_TIME =
            DateTimeFormatter.ofPattern("d MMM yyyy, HH:mm", Locale.ENGLISH);

    private final Clock clock;
    private final Argon2 argon2;
    private final PasswordRules rules;
    private final OwnerFile owner;
    private final SetupCode setupCode;
    private final Lockout lockout;
    private final Devices devices;
    private final LoginLinks links;
    private final ReentrantLock claim = new ReentrantLock();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService housekeeping =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "nexus-auth"));
    private volatile @Nullable NotificationService notifications;

    @Activate
    public PasswordAuth(Config config, @Reference NexusHome home) {
        this(config, home, Clock.systemUTC(), new SecureRandom(), Argon2.Cost.STANDARD, hostName());
    }

    PasswordAuth(Config config, NexusHome home, Clock clock, SecureRandom random, Argon2.Cost cost, String hostName) {
        this.clock = clock;
        argon2 = new Argon2(cost, random);
        rules = new PasswordRules(hostName);
        owner = new OwnerFile(home);
        setupCode = new SetupCode(home, clock, random);
        lockout = new Lockout(home, clock);
        devices = new Devices(home, clock, random, limits(config));
        links = new LoginLinks(clock, random);
        owner.find().ifPresent(known -> devices.load(known.id()));
        prepareSetup();
        housekeeping.scheduleWithFixedDelay(this::tidyUp, 1, 1, TimeUnit.MINUTES);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setNotifications(NotificationService added) {
        notifications = added;
    }

    void unsetNotifications(NotificationService removed) {
        if (notifications == removed) {
            notifications = null;
        }
    }

    @Deactivate
    void close() {
        housekeeping.shutdownNow();
        saveDevices();
    }

    @Override
    public boolean setupRequired() {
        return owner.absent();
    }

    @Override
    public Optional<String> setupCode() {
        claim.lock();
        try {
            return owner.absent() ? Optional.of(setupCode.current()) : Optional.empty();
        } finally {
            claim.unlock();
        }
    }

    @Override
    public Grant setUp(String code, String password, String deviceName) {
        owner.requireAbsent();
        requireCode(code);
        String accepted = rules.check("password", password);
        // Only those who hold the right code come here, and they wait for each other: the first one is the owner.
        claim.lock();
        try {
            owner.requireAbsent();
            Grant grant = argon2.inTurn(() -> {
                OwnerFile.Owner first =
                        new OwnerFile.Owner(UUID.randomUUID().toString(), argon2.hash(accepted), now(), now());
                owner.write(first);
                setupCode.withdraw();
                devices.load(first.id());
                return devices.grant(null, deviceName, null);
            });
            LOG.info(
                    "OpenCode Nexus has an owner now, set up from {}",
                    grant.device().name());
            return grant;
        } finally {
            claim.unlock();
        }
    }

    @Override
    public Grant login(String password, @Nullable String token, String deviceName, @Nullable String address) {
        owner.require();
        // What was taken from one side of the tunnel is worth nothing on the other, not even guesses of its own.
        String held = devices.isFrom(token, address != null) ? token : null;
        String known = devices.idOf(held);
        // Refused here, a flood costs neither a hash nor a place in the queue.
        lockout.check(known, address);
        Grant grant = argon2.inTurn(() -> {
            String device = devices.idOf(held);
            guess(device, address, password);
            Grant granted = devices.grant(held, deviceName, address);
            LOG.info(
                    device == null ? "Login from a new device: {}{}" : "Login from {}{}",
                    granted.device().name(),
                    from(address));
            return granted;
        });
        welcome(grant, known, "your password");
        return grant;
    }

    @Override
    public Optional<Device> authenticate(String token) {
        Optional<Device> device = devices.seen(token);
        if (device.isPresent() && !device.get().loggedIn()) {
            announce(devices.endExpired());
        }
        return device.filter(Device::loggedIn);
    }

    @Override
    public void logout(String token) {
        announce(devices.end(token));
        devices.save();
    }

    @Override
    public void changePassword(String token, String current, String next) {
        String device = requireLoggedIn(token);
        lockout.check(device, null);
        String accepted = rules.check("next", next);
        List<String> ended = new ArrayList<>();
        try {
            argon2.inTurn(() -> {
                guess(requireLoggedIn(token), null, current);
                OwnerFile.Owner changed = owner.require().withPassword(argon2.hash(accepted), now());
                // First the logins, then the password: should the power fail in between, nobody stays in by mistake.
                ended.addAll(devices.endAllBut(token));
                links.withdraw();
                devices.save();
                owner.write(changed);
                return changed;
            });
        } finally {
            announce(ended);
        }
        LOG.info("The password was changed; logins ended on other devices: {}", ended.size());
    }

    @Override
    public void confirm(String token, String password) {
        lockout.check(requireLoggedIn(token), null);
        argon2.inTurn(() -> {
            try {
                guess(requireLoggedIn(token), null, password);
            } catch (NexusException e) {
                // Who asks is logged in and stays so; a page would take 401 for the end of the login.
                throw e.code().equals(WRONG_PASSWORD)
                        ? new NexusException(FORBIDDEN, WRONG_PASSWORD, String.valueOf(e.getMessage()))
                        : e;
            }
            return true;
        });
    }

    @Override
    public LoginLink loginLink(String token) {
        String device = requireLoggedIn(token);
        LOG.info("A link to log in was made; it is good once, for {} minutes", LoginLinks.LIFETIME.toMinutes());
        return links.make(device);
    }

    @Override
    public Grant loginByLink(String code, @Nullable String token, String deviceName, String address) {
        owner.require();
        String held = devices.isFrom(token, true) ? token : null;
        String known = devices.idOf(held);
        lockout.check(known, address);
        Grant grant = argon2.inTurn(() -> {
            String device = devices.idOf(held);
            lockout.book(device, address);
            if (!links.isGood(code)) {
                logWrong("Login link that is not good", device, address);
                throw new NexusException(
                        FORBIDDEN,
                        "link-expired",
                        "This link was used already, or is too old. Make a new one on a device that is logged in.");
            }
            Grant granted = devices.grant(held, deviceName, address);
            links.use(code);
            lockout.right(device, address);
            LOG.info("Login by a link: {}{}", granted.device().name(), from(address));
            return granted;
        });
        welcome(grant, known, "a link that was made for it");
        return grant;
    }

    @Override
    public List<Device> devices() {
        return devices.list();
    }

    @Override
    public void revoke(String deviceId) {
        announce(devices.forget(deviceId));
        lockout.keep(devices.ids());
        devices.save();
    }

    @Override
    public AutoCloseable onLogoutOf(Consumer<String> deviceId) {
        // A wrapper of its own, so that the same callback may be given twice and closed once.
        Consumer<String> listener = deviceId::accept;
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Ends what is too old and writes down who was seen. */
    void tidyUp() {
        announce(devices.endExpired());
        try {
            devices.saveByAndBy();
        } catch (NexusException e) {
            LOG.debug("Devices not written yet: {}", e.getMessage());
        }
    }

    /** Returns when the password is right. Only in a turn. */
    private void guess(@Nullable String device, @Nullable String address, String password) {
        OwnerFile.Owner known = owner.require();
        lockout.book(device, address);
        String normalised = PasswordRules.normalised(password);
        if (normalised == null || !argon2.matches(known.password(), normalised)) {
            logWrong("Wrong password", device, address);
            throw new NexusException(UNAUTHENTICATED, WRONG_PASSWORD, "The password is wrong.");
        }
        lockout.right(device, address);
        if (argon2.outdated(known.password())) {
            renew(known, normalised);
        }
    }

    private void logWrong(String what, @Nullable String device, @Nullable String address) {
        int wrong = lockout.wrong(device);
        if (wrong > 3 && wrong % 10 != 0) {
            return; // whoever guesses must not fill the log
        }
        if (device == null) {
            LOG.warn("{} from an unknown browser{}, {} of {} today", what, from(address), wrong, Lockout.GUESSES_A_DAY);
        } else {
            LOG.warn("{} from a known device{}, {} in a row", what, from(address), wrong);
        }
    }

    private static String from(@Nullable String address) {
        return address == null ? "" : " through the tunnel, from " + address;
    }

    private void renew(OwnerFile.Owner known, String password) {
        try {
            owner.write(known.withPassword(argon2.hash(password), known.changedAt()));
        } catch (NexusException e) {
            LOG.warn("The password could not be stored in its new form: {}", e.getMessage());
        }
    }

    private void requireCode(String code) {
        try {
            setupCode.check(code);
        } catch (NexusException e) {
            // A claim that won this very moment has taken the code with it: then that is the answer.
            owner.requireAbsent();
            throw e;
        }
    }

    private String requireLoggedIn(String token) {
        return devices.seen(token)
                .filter(Device::loggedIn)
                .map(Device::id)
                .orElseThrow(() -> new NexusException(UNAUTHENTICATED, "not-logged-in", "Log in first."));
    }

    private void prepareSetup() {
        if (!owner.absent()) {
            setupCode.withdraw();
            return;
        }
        try {
            setupCode.current();
        } catch (NexusException e) {
            LOG.error("No setup code, so nobody can set up: {}", e.getMessage());
        }
    }

    private void saveDevices() {
        try {
            devices.save();
        } catch (NexusException e) {
            LOG.warn("When each device was last seen is not written: {}", e.getMessage());
        }
    }

    /** What follows a login, outside of any turn. */
    private void welcome(Grant grant, @Nullable String known, String by) {
        List<String> dropped = devices.dropSurplus();
        announce(dropped);
        if (!dropped.isEmpty()) {
            saveDevices();
        }
        lockout.keep(devices.ids());
        if (!grant.device().id().equals(known)) {
            tellOf(grant.device(), by);
        }
    }

    private void tellOf(Device device, String by) {
        NotificationService present = notifications;
        if (present == null) {
            return;
        }
        String at = LOGIN_TIME.format(device.createdAt().atZone(ZoneId.systemDefault()));
        present.tell(
                Notification.Kind.NEW_DEVICE,
                "device:" + device.id(),
                "New device: " + device.name(),
                "It logged in with " + by + " on " + at + from(device.address())
                        + ". If that was not you, log it out and change the password.",
                "/dashboard#devices");
    }

    private void announce(List<String> ended) {
        links.withdraw(ended);
        for (String device : ended) {
            for (Consumer<String> listener : listeners) {
                try {
                    listener.accept(device);
                } catch (RuntimeException e) {
                    LOG.warn("A login ended, but somebody could not be told", e);
                }
            }
        }
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static Devices.Limits limits(Config config) {
        return new Devices.Limits(
                Duration.ofDays(Math.max(1, config.idleDays())),
                Duration.ofDays(Math.max(1, config.absoluteDays())),
                Math.max(1, config.maxDevices()));
    }

    /** Without asking the network: only what this machine knows of itself. */
    private static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            String name = System.getenv().getOrDefault("HOSTNAME", System.getenv("COMPUTERNAME"));
            return name == null ? "" : name;
        }
    }
}
