package opencode.nexus.web.dashboard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.NexusException.Field;
import opencode.nexus.api.restart.RestartService;
import opencode.nexus.api.restart.RestartService.Attempt;
import opencode.nexus.api.restart.RestartService.Policy;
import opencode.nexus.api.restart.RestartService.Subject;
import opencode.nexus.web.http.ApiServlet;
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
 * {@code GET /api/restart}: policy, what was done, and how everything stands. {@code PUT}: another policy. {@code GET
 * /api/restart/attempts/{id}}: all that is known of one failure. {@code GET /api/restart/export}: of all failures.
 */
@Component(service = Servlet.class, immediate = true)
@HttpWhiteboardContextSelect(NexusHttp.CONTEXT)
@HttpWhiteboardServletPattern({"/api/restart", "/api/restart/*"})
public final class RestartServlet extends ApiServlet {
    private static final long serialVersionUID = 1;
    private static final int DEFAULT_LIMIT = 200;
    private static final int MOST_BYTES = 64 * 1_024;

    /** A body may hold more: what nobody knows is passed over, as everywhere. */
    private static final Set<String> FIELDS = Set.of(
            "enabled",
            "maxAttempts",
            "windowSeconds",
            "firstDelayMs",
            "multiplier",
            "maxDelayMs",
            "memoryLimitMb",
            "memoryCeilingMb",
            "slowRetry",
            "notify");

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private transient volatile @Nullable RestartService restarts;

    /** For the container, which sets {@link #restarts}. */
    public RestartServlet() {
        this(null);
    }

    RestartServlet(@Nullable RestartService restarts) {
        this.restarts = restarts;
    }

    private record PolicyBody(
            boolean enabled,
            int maxAttempts,
            int windowSeconds,
            int firstDelayMs,
            double multiplier,
            int maxDelayMs,
            int memoryLimitMb,
            int memoryCeilingMb,
            boolean slowRetry,
            @JsonProperty("notify") boolean notifies) {

        static PolicyBody of(Policy policy) {
            return new PolicyBody(
                    policy.enabled(),
                    policy.maxAttempts(),
                    policy.windowSeconds(),
                    policy.firstDelayMs(),
                    policy.multiplier(),
                    policy.maxDelayMs(),
                    policy.memoryLimitMb(),
                    policy.memoryCeilingMb(),
                    policy.slowRetry(),
                    policy.notifies());
        }
    }

    private record Answer(PolicyBody policy, List<Attempt> attempts, List<Subject> subjects) {}

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<String> path = path(request);
        RestartService service = restarts();
        if (path.isEmpty()) {
            answer(request, response, service, service.policy());
            return;
        }
        if (path.size() == 1 && path.get(0).equals("export")) {
            PostMortemExport.of(request.getParameter("format")).write(service, response);
            return;
        }
        if (path.size() == 2 && path.get(0).equals("attempts")) {
            json(response, HttpServletResponse.SC_OK, service.postMortem(path.get(1)));
            return;
        }
        throw unknown();
    }

    @Override
    protected void doPut(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (!path(request).isEmpty()) {
            throw unknown();
        }
        RestartService service = restarts();
        JsonNode body = body(request, JsonNode.class, MOST_BYTES);
        JsonNode given = body.has("policy") ? body.get("policy") : body;
        if (!given.isObject()) {
            throw NexusException.invalid("policy", "must be an object");
        }
        Map<String, @Nullable Object> values = values(given);
        answer(request, response, service, values.isEmpty() ? service.policy() : service.change(values));
    }

    private static Map<String, @Nullable Object> values(JsonNode given) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        List<Field> wrong = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : given.properties()) {
            JsonNode value = field.getValue();
            if (!FIELDS.contains(field.getKey())) {
                continue;
            }
            if (value.isNull()) {
                values.put(field.getKey(), null);
            } else if (value.isBoolean()) {
                values.put(field.getKey(), value.booleanValue());
            } else if (value.isNumber()) {
                values.put(field.getKey(), value.numberValue());
            } else {
                boolean yesOrNo = Set.of("enabled", "slowRetry", "notify").contains(field.getKey());
                wrong.add(new Field(field.getKey(), yesOrNo ? "must be true or false" : "must be a number"));
            }
        }
        if (!wrong.isEmpty()) {
            throw NexusException.invalid(wrong);
        }
        return values;
    }

    private void answer(HttpServletRequest request, HttpServletResponse response, RestartService service, Policy policy)
            throws IOException {
        int limit = limit(request);
        List<Attempt> attempts = service.attempts();
        json(
                response,
                HttpServletResponse.SC_OK,
                new Answer(
                        PolicyBody.of(policy),
                        attempts.subList(0, Math.min(limit, attempts.size())),
                        service.subjects()));
    }

    private static int limit(HttpServletRequest request) {
        String given = request.getParameter("limit");
        if (given == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int limit = Integer.parseInt(given);
            if (limit >= 1) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // Answered as any other wrong value.
        }
        throw NexusException.invalid("limit", "must be a whole number, at least 1");
    }

    private RestartService restarts() {
        RestartService present = restarts;
        if (present == null) {
            throw new NexusException(
                    NexusException.Kind.UNAVAILABLE,
                    "restart-unavailable",
                    "The part of Nexus that starts things again is not there right now; try again in a moment.");
        }
        return present;
    }

    private static NexusException unknown() {
        return new NexusException(NexusException.Kind.NOT_FOUND, "not-found", "There is nothing at this address.");
    }
}
