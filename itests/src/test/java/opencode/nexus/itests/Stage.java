package opencode.nexus.itests;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What a journey needs, once for a class of tests: a gateway with the real OpenCode and the scripted model, its owner, and a
 * Chromium that is logged in. After each test its pages are closed, and not one of them may have complained.
 *
 * <pre>{@code
 * @RegisterExtension
 * static final Stage STAGE = Stage.real();
 *
 * @Test
 * void aSearchFindsOldMessages() throws Exception {
 *     Visit page = STAGE.desktop();
 *     …
 *     page.clean("search-desktop-light");
 * }
 * }</pre>
 */
final class Stage implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private final boolean owned;
    private final Preparation preparation;
    private final List<Visit> visits = new ArrayList<>();
    /** For which class of tests; those nested in it share the stage. */
    private String set = "";

    private @Nullable TestBed bed;
    private @Nullable Nexus nexus;
    private @Nullable Owner owner;
    private @Nullable Chromium chromium;

    private Stage(boolean owned, Preparation preparation) {
        this.owned = owned;
        this.preparation = preparation;
    }

    /** What has to be there before the gateway starts. */
    @FunctionalInterface
    interface Preparation {
        void prepare(TestBed bed) throws Exception;
    }

    /** With an owner who is logged in, and OpenCode running. */
    static Stage real() {
        return new Stage(true, bed -> {});
    }

    static Stage real(Preparation preparation) {
        return new Stage(true, preparation);
    }

    /** Fresh, as it is when nobody has set it up. */
    static Stage withoutOwner(Preparation preparation) {
        return new Stage(false, preparation);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        if (!set.isEmpty()) {
            // The stage of the class around.
            return;
        }
        set = context.getUniqueId();
        TestBed here = TestBed.real();
        bed = here;
        preparation.prepare(here);
        nexus = Nexus.run(here.setup(here.directory("nexus-home")));
        if (owned) {
            owner = Owner.setUp(nexus);
            owner.awaitServer();
        }
        chromium = Chromium.start();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        boolean failed = context.getExecutionException().isPresent();
        List<String> complaints = new ArrayList<>();
        for (int i = 0; i < visits.size(); i++) {
            try (Visit visit = visits.get(i)) {
                if (failed && !visit.page().isClosed()) {
                    visit.picture("failed-" + context.getRequiredTestMethod().getName() + "-" + i);
                }
                complaints.addAll(visit.complaints());
            }
        }
        visits.clear();
        if (failed) {
            complaints.forEach(complaint -> System.err.println("The page complained: " + complaint));
            return;
        }
        assertThat(complaints).as("what no page should do").isEmpty();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        if (!set.equals(context.getUniqueId())) {
            return;
        }
        // Another class of tests may set it anew.
        set = "";
        if (chromium != null) {
            chromium.close();
        }
        if (nexus != null) {
            nexus.close();
        }
        if (bed != null) {
            bed.close();
        }
    }

    TestBed bed() {
        return here(bed);
    }

    Nexus nexus() {
        return here(nexus);
    }

    /** The owner at the HTTP API, for what a test does not want to do by hand. */
    Owner owner() {
        return here(owner);
    }

    Visit desktop() {
        return visit(Chromium.Device.DESKTOP, ColorScheme.LIGHT);
    }

    Visit phone() {
        return visit(Chromium.Device.PHONE, ColorScheme.DARK);
    }

    /** A page that is logged in when there is an owner, not opened yet; closed after the test. */
    Visit visit(Chromium.Device device, ColorScheme scheme) {
        return visit(device, scheme, owner == null ? null : login(owner));
    }

    /** A page of somebody who has never been here. */
    Visit stranger(Chromium.Device device, ColorScheme scheme) {
        return visit(device, scheme, null);
    }

    /** The same person with another device, as far as Nexus can tell. */
    Visit likewise(Visit other, Chromium.Device device, ColorScheme scheme) {
        return visit(device, scheme, other.context().storageState());
    }

    private Visit visit(Chromium.Device device, ColorScheme scheme, @Nullable String state) {
        Visit visit = here(chromium).visit(here(nexus).uri("/"), device, scheme, state);
        visits.add(visit);
        return visit;
    }

    /** The state of a browser that this owner is logged in with. */
    static String login(Owner owner) {
        String[] cookie = owner.headers().get("Cookie").split("=", 2);
        return """
                {"cookies":[{"name":"%s","value":"%s","domain":"127.0.0.1","path":"/","expires":-1,
                  "httpOnly":true,"secure":false,"sameSite":"Strict"}],"origins":[]}
                """
                .formatted(cookie[0], cookie[1]);
    }

    private static <T> T here(@Nullable T thing) {
        if (thing == null) {
            throw new IllegalStateException("the stage is not set");
        }
        return thing;
    }
}
