package opencode.nexus.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Setting;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationPlugin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings are files in {@code etc}; this is the only one that brings them to Configuration Admin.
 *
 * <p>A group begins with the synchronous event {@code STARTING} of the bundle that describes it. Its values are checked and
 * put into Configuration Admin before that event is over, hence before the bundle's activator runs and before its
 * components are looked for. A rule that the activator registers is asked in the same way, still before any component.
 */
@Component(service = Settings.class, immediate = true)
public final class FileSettings implements Settings {
    private static final Logger LOG = LoggerFactory.getLogger(FileSettings.class);
    private static final long LOOK_SECONDS = 1;
    private static final int LOOKS_UNTIL_ALL_ARE_THERE = 60;

    /** What people call a group by. */
    private static final Map<String, String> ALIASES = Map.of("server", "opencode");

    private record Described(long bundle, GroupFile file) {}

    private final Path etc;
    private final NexusHome home;
    private final ConfigurationAdmin admin;
    private final CheckedValues checked = new CheckedValues();
    private final Rules rules = new Rules();
    private final Telling telling = new Telling();
    private final ObjectMapper json = new ObjectMapper();
    private final ScheduledThreadPoolExecutor watch =
            new ScheduledThreadPoolExecutor(1, task -> new Thread(task, "nexus-settings"));
    private final Executor teller;
    private final SynchronousBundleListener listener = this::bundleChanged;

    /** Guards the groups and their files. Nothing but Configuration Admin, the hub and rules is called under it. */
    private final Object lock = new Object();

    private final Map<String, Described> groups = new TreeMap<>();

    /** Used by the thread that watches. */
    private int looks;

    /** Groups that Configuration Admin could not store. */
    private final Set<String> refused = new HashSet<>();

    private @Nullable ServiceRegistration<ConfigurationPlugin> registration;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable EventHub hub;

    @Activate
    public FileSettings(BundleContext context, @Reference NexusHome home, @Reference ConfigurationAdmin admin) {
        this(Path.of(context.getProperty("karaf.etc")), home, admin, null, null);
    }

    /** @param teller on which the owner is told of problems; null for the thread that watches */
    FileSettings(
            Path etc, NexusHome home, ConfigurationAdmin admin, @Nullable EventHub hub, @Nullable Executor teller) {
        this.etc = etc.toAbsolutePath().normalize();
        this.home = home;
        this.admin = admin;
        this.hub = hub;
        this.teller = teller == null ? watch : teller;
        watch.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Everything that is there is read before this returns. Not in the constructor: rules that are there come before it. */
    @Activate
    void begin(BundleContext context) {
        registration = context.registerService(
                ConfigurationPlugin.class,
                checked,
                new Hashtable<>(Map.of(ConfigurationPlugin.CM_RANKING, CheckedValues.RANKING)));
        context.addBundleListener(listener);
        for (Bundle bundle : context.getBundles()) {
            if (bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING) {
                described(bundle.getBundleId(), Metatype.in(bundle));
            }
        }
        watch.scheduleWithFixedDelay(this::lookSafely, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** What is in Configuration Admin stays there, so that no component notices. */
    @Deactivate
    void close(BundleContext context) {
        context.removeBundleListener(listener);
        watch.shutdownNow();
        if (registration != null) {
            registration.unregister();
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addRule(Rule rule, Map<String, ?> properties) {
        String group = resolve(String.valueOf(properties.get(Rule.GROUP)));
        synchronized (lock) {
            rules.add(group, rule);
            Described described = groups.get(group);
            if (described != null) {
                settle(described.file(), described.file()::takeAgain);
            }
        }
    }

    void removeRule(Rule rule) {
        rules.remove(rule);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setNotifications(NotificationService service) {
        later(() -> telling.use(service));
    }

    void unsetNotifications(NotificationService service) {
        telling.stopUsing(service);
    }

    ConfigurationPlugin plugin() {
        return checked;
    }

    // ---- what is asked ----

    @Override
    public List<Group> groups() {
        synchronized (lock) {
            return groups.values().stream()
                    .map(described -> group(described.file()))
                    .toList();
        }
    }

    @Override
    public Group group(String name) {
        synchronized (lock) {
            return group(file(name));
        }
    }

    @Override
    public Group change(String name, Map<String, ? extends @Nullable Object> values) {
        synchronized (lock) {
            GroupFile file = file(name);
            settle(file, file::refresh);
            Runnable undo = file.memento();
            Map<String, Object> before = file.values();
            String problem = file.problem();
            file.change(values);
            try {
                apply(file);
            } catch (IOException e) {
                undo.run();
                settle(file, () -> {});
                throw GroupFile.notSaved(e);
            }
            report(file, before, problem);
            return group(file);
        }
    }

    private GroupFile file(String name) {
        Described described = groups.get(name);
        if (described == null) {
            described = groups.get(resolve(name));
        }
        if (described == null) {
            throw new NexusException(
                    NexusException.Kind.NOT_FOUND,
                    "unknown-group",
                    "There are no settings of that name. There are: " + String.join(", ", groups.keySet()) + ".");
        }
        return described.file();
    }

    private static String resolve(String name) {
        return ALIASES.getOrDefault(name, name);
    }

    private static Group group(GroupFile file) {
        Description description = file.description();
        return new Group(
                description.name(),
                description.title(),
                description.fields().values().stream().map(Field::setting).toList(),
                file.shown(),
                file.problem());
    }

    // ---- bundles come and go ----

    private void bundleChanged(BundleEvent event) {
        Bundle bundle = event.getBundle();
        switch (event.getType()) {
            case BundleEvent.STARTING -> described(bundle.getBundleId(), Metatype.in(bundle));
            case BundleEvent.STOPPED, BundleEvent.UNINSTALLED -> gone(bundle.getBundleId());
            default -> {}
        }
    }

    /** A bundle describes groups; each has its values in Configuration Admin when this returns. */
    void described(long bundle, List<Description> descriptions) {
        for (Description description : descriptions) {
            synchronized (lock) {
                GroupFile file = new GroupFile(description, rules, home, etc);
                groups.put(description.name(), new Described(bundle, file));
                if (file.hasHeld()) {
                    telling.isKnown(description.name(), file.problem());
                }
                settle(file, file::take);
            }
        }
    }

    void gone(long bundle) {
        synchronized (lock) {
            groups.values().removeIf(described -> {
                boolean goes = described.bundle() == bundle;
                if (goes) {
                    checked.set(described.file().description().pid(), null);
                }
                return goes;
            });
        }
    }

    // ---- files change ----

    private void lookSafely() {
        try {
            look();
        } catch (RuntimeException e) {
            LOG.error("Looking after the settings failed", e);
        }
    }

    /** Looks at each file; one that changed is taken when it is the same at the next look. */
    void look() {
        synchronized (lock) {
            groups.values().forEach(described -> settle(described.file(), described.file()::look));
        }
        if (++looks == LOOKS_UNTIL_ALL_ARE_THERE) {
            warnOfStrangers();
        }
    }

    /** A mistake in the name of a file would else go unnoticed. */
    private void warnOfStrangers() {
        Set<String> known = groups().stream()
                .map(group -> Description.PREFIX + group.name() + ".cfg")
                .collect(Collectors.toSet());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(etc, Description.PREFIX + "*.cfg")) {
            for (Path file : files) {
                if (!known.contains(file.getFileName().toString())) {
                    LOG.warn("{} does nothing: there are no settings of that name", file);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("{} cannot be listed: {}", etc, e.getMessage());
        }
    }

    private void settle(GroupFile file, Runnable step) {
        Map<String, Object> before = file.values();
        String problem = file.problem();
        step.run();
        String name = file.description().name();
        try {
            apply(file);
            refused.remove(name);
        } catch (IOException e) {
            if (refused.add(name)) {
                LOG.error("The settings {} cannot be applied; it is tried again", name, e);
            }
        }
        report(file, before, problem);
    }

    /** Brings the values to Configuration Admin, unless it has them. */
    private void apply(GroupFile file) throws IOException {
        Map<String, Object> values = new HashMap<>();
        file.description()
                .fields()
                .forEach((name, field) ->
                        values.put(name, typed(field, file.values().get(name))));
        String pid = file.description().pid();
        checked.set(pid, values);
        Configuration configuration = admin.getConfiguration(pid, "?");
        if (!holds(configuration.getProperties(), values)) {
            configuration.update(new Hashtable<>(values));
        }
    }

    private static Object typed(Field field, Object value) {
        if (!(value instanceof List<?> list)) {
            return value;
        }
        return switch (field.kind()) {
            case BOOLEAN -> list.toArray(Boolean[]::new);
            case BYTE, SHORT, INTEGER -> list.toArray(Integer[]::new);
            case LONG -> list.toArray(Long[]::new);
            case DOUBLE -> list.toArray(Double[]::new);
            case CHARACTER, STRING -> list.toArray(String[]::new);
        };
    }

    private static boolean holds(@Nullable Dictionary<String, Object> there, Map<String, Object> wanted) {
        if (there == null) {
            return false;
        }
        List<String> keys = Collections.list(there.keys());
        keys.removeIf(key -> key.startsWith("service."));
        return keys.size() == wanted.size()
                && wanted.entrySet().stream()
                        .allMatch(entry -> Arrays.deepEquals(
                                new Object[] {there.get(entry.getKey())}, new Object[] {entry.getValue()}));
    }

    private void report(GroupFile file, Map<String, Object> before, @Nullable String lastProblem) {
        String name = file.description().name();
        String problem = file.problem();
        if (before.equals(file.values()) && Objects.equals(lastProblem, problem)) {
            return;
        }
        LOG.info("Settings changed: {}", name);
        EventHub present = hub;
        if (present != null) {
            present.publish("server", "settings", event(file));
        }
        later(() -> telling.tell(name, file.description().title(), problem));
    }

    private String event(GroupFile file) {
        Map<String, Object> values = new LinkedHashMap<>();
        file.shown().forEach((name, value) -> {
            Setting setting = file.description().fields().get(name).setting();
            if (setting.secret() && !setting.list()) {
                values.put(name + "Set", !value.equals(""));
            } else {
                values.put(name, value);
            }
        });
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("group", file.description().name());
        event.put("values", values);
        if (file.problem() != null) {
            event.put("problem", file.problem());
        }
        try {
            return json.writeValueAsString(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("settings are plain values", e);
        }
    }

    private void later(Runnable task) {
        try {
            teller.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("Too late to tell: this component ends");
        }
    }
}
