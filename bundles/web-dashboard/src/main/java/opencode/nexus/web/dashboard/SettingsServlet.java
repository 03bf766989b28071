package opencode.nexus.web.dashboard;

import com.fasterxml.jackson.core.type.TypeReference;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.settings.Settings;
import opencode.nexus.api.settings.Settings.Group;
import opencode.nexus.api.settings.Settings.Setting;
import opencode.nexus.web.http.ApiServlet;
import opencode.nexus.web.http.Json;
import opencode.nexus.web.http.NexusHttp;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardContextSelect;
import org.osgi.service.servlet.whiteboard.propertytypes.HttpWhiteboardServletPattern;

/**
 * {@code GET /api/settings}: every group. {@code GET /api/settings/{group}}: its values. {@code PUT}: changes those that are
 * given. A secret never goes out; in its place stands whether there is one, and in a list of them the names with a mask.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/settings", "/api/settings/*"})
public final class SettingsServlet extends ApiServlet {
    private static final int MAX_BYTES = 1024 * 1024;
    private static final String SET = "Set";

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable Settings settings;

    /** For the container, which sets {@link #settings}. */
    public SettingsServlet() {
        this(null);
    }

    SettingsServlet(@Nullable Settings settings) {
        this.settings = settings;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        if (path.isEmpty()) {
            json(
                    response,
                    HttpServletResponse.SC_OK,
                    settings().groups().stream().map(GroupJson::of).toList());
            return;
        }
        json(response, HttpServletResponse.SC_OK, values(settings().group(groupIn(path))));
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Settings present = settings();
        Group group = present.group(groupIn(path(request)));
        Map<String, @Nullable Object> changes = body(
                request, Json.mapper().readerFor(new TypeReference<LinkedHashMap<String, Object>>() {}), MAX_BYTES);
        // A page may send back what it got.
        secrets(group).forEach(setting -> changes.remove(setting.name() + SET));
        json(response, HttpServletResponse.SC_OK, values(present.change(group.name(), changes)));
    }

    private static String groupIn(List<String> path) {
        if (path.size() != 1) {
            throw new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
        }
        return path.get(0);
    }

    private Settings settings() {
        Settings present = settings;
        if (present == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "settings-unavailable",
                    "The settings are not there right now; try again in a moment.");
        }
        return present;
    }

    private static List<Setting> secrets(Group group) {
        return group.fields().stream().filter(SettingsServlet::isHidden).toList();
    }

    /** The entries of a list are masked already, and tell more than that there are some. */
    private static boolean isHidden(Setting setting) {
        return setting.secret() && !setting.list();
    }

    private static Map<String, Object> values(Group group) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (Setting setting : group.fields()) {
            Object value = group.values().get(setting.name());
            if (isHidden(setting)) {
                values.put(setting.name() + SET, value != null && !value.equals(""));
            } else {
                values.put(setting.name(), value);
            }
        }
        return values;
    }

    private record GroupJson(
            String name, String title, @Nullable String problem, List<SettingJson> fields, Map<String, Object> values) {

        static GroupJson of(Group group) {
            return new GroupJson(
                    group.name(),
                    group.title(),
                    group.problem(),
                    group.fields().stream().map(SettingJson::of).toList(),
                    SettingsServlet.values(group));
        }
    }

    /**
     * One field.
     *
     * @param secret true, or left out
     * @param lines true, or left out
     */
    private record SettingJson(
            String name,
            String description,
            Settings.Type type,
            boolean list,
            @Nullable Object standard,
            @Nullable Number min,
            @Nullable Number max,
            List<String> choices,
            @Nullable Boolean secret,
            @Nullable Boolean lines) {

        static SettingJson of(Setting setting) {
            return new SettingJson(
                    setting.name(),
                    setting.description(),
                    setting.type(),
                    setting.list(),
                    setting.secret() ? null : setting.standard(),
                    plain(setting.min()),
                    plain(setting.max()),
                    setting.choices(),
                    setting.secret() ? true : null,
                    setting.lines() ? true : null);
        }

        /** Whole numbers without a fraction. */
        private static @Nullable Number plain(@Nullable Double number) {
            return number != null && number == Math.rint(number) && Math.abs(number) < 1e15
                    ? (Number) number.longValue()
                    : number;
        }
    }
}
