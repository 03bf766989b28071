package opencode.nexus.restart;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.chat.ChatService;
import opencode.nexus.api.event.EventHub;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.notify.NotificationService;
import opencode.nexus.api.restart.RestartService;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.supervise.Supervised;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Ward} for each supervised thing, one policy and one history for all. */
@Component(service = RestartService.class, configurationPid = "opencode.nexus.restart", immediate = true)
@Designate(ocd = RestartConfig.class)
public final class SupervisedRestarts implements RestartService {
    static final String GROUP = "restart";

    private static final Logger LOG = LoggerFactory.getLogger(SupervisedRestarts.class);
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    private final Pace pace;
    private final History history;
    private final Herald herald;
    private final Map<Supervised, Ward> wards = new HashMap<>();
    private volatile @Nullable Settings settings;

    @Activate
    public SupervisedRestarts(Map<String, Object> config, @Reference NexusHome home, @Reference EventHub hub) {
        this(config, home, hub, new ThreadPace());
    }

    SupervisedRestarts(Map<String, Object> config, NexusHome home, EventHub hub, Pace pace) {
        this.pace = pace;
        history = new History(home, pace::instant, pace::millis);
        herald = new Herald(hub, Policies.of(config));
    }

    @Modified
    void modified(Map<String, Object> config) {
        herald.use(Policies.of(config));
        wards().forEach(Ward::reconsider);
    }

    @Deactivate
    void close() {
        wards().forEach(Ward::close);
        pace.close();
    }

    // ---- what comes and goes ----

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addSupervised(Supervised added, Map<String, Object> properties) {
        if (!(properties.get(Supervised.NAME) instanceof String name)
                || !NAME.matcher(name).matches()) {
            LOG.warn("Something supervised without a usable name is not looked after: {}", properties);
            return;
        }
        Ward ward = new Ward(name, added, herald, history, pace);
        synchronized (wards) {
            wards.put(added, ward);
        }
    }

    void removeSupervised(Supervised removed) {
        Ward ward;
        synchronized (wards) {
            ward = wards.remove(removed);
        }
        if (ward != null) {
            ward.close();
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setSettings(Settings added) {
        settings = added;
    }

    void unsetSettings(Settings removed) {
        if (settings == removed) {
            settings = null;
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setNotifications(NotificationService added) {
        herald.through(added);
    }

    void unsetNotifications(NotificationService removed) {
        herald.notThrough(removed);
    }

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setChat(ChatService added) {
        herald.ask(added);
    }

    void unsetChat(ChatService removed) {
        herald.askNot(removed);
    }

    // ---- the service ----

    @Override
    public Policy policy() {
        return herald.policy();
    }

    @Override
    public Policy change(Map<String, ? extends @Nullable Object> values) {
        Settings present = settings;
        if (present == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "settings-unavailable",
                    "The part of Nexus that keeps settings is not there right now; try again in a moment.");
        }
        return Policies.of(present.change(GROUP, values).values());
    }

    @Override
    public List<Subject> subjects() {
        return wards().stream()
                .map(Ward::subject)
                .sorted(Comparator.comparing(Subject::name))
                .toList();
    }

    @Override
    public List<Attempt> attempts() {
        return history.attempts();
    }

    @Override
    public PostMortem postMortem(String attemptId) {
        return history.find(attemptId);
    }

    private List<Ward> wards() {
        synchronized (wards) {
            return List.copyOf(wards.values());
        }
    }
}
