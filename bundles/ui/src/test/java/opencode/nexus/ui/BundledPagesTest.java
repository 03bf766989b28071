package opencode.nexus.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import opencode.nexus.api.page.PageSource.Asset;
import org.junit.jupiter.api.Test;

/** Against the pages as they were built. */
class BundledPagesTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"(/assets/[^\"]+)\"");

    private final BundledPages pages = new BundledPages(BundledPagesTest.class::getResource);

    @Test
    void eachPageIsThereAndOnlyLoginAndSetupAreOpen() {
        assertThat(page("/login").open()).isTrue();
        assertThat(page("/setup").open()).isTrue();
        assertThat(page("/").open()).isFalse();
        assertThat(page("/dashboard").open()).isFalse();
    }

    @Test
    void aPageIsHtmlThatIsAskedForAgainEachTime() {
        Asset page = page("/login");

        assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(page.immutable()).isFalse();
        assertThat(page.etag()).matches("\"[0-9a-f]{16}\"");
    }

    @Test
    void whatAPageLoadsIsThereIsImmutableAndAsOpenAsThePage() {
        for (String address : List.of("/login", "/setup", "/", "/dashboard")) {
            Matcher references = REFERENCE.matcher(text(page(address)));
            int found = 0;
            while (references.find()) {
                Asset asset = page(references.group(1));
                assertThat(asset.immutable()).as(references.group(1)).isTrue();
                assertThat(asset.open() || !page(address).open())
                        .as("%s is open, as %s is", references.group(1), address)
                        .isTrue();
                found++;
            }
            assertThat(found).as("references of %s", address).isGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void noPageHasInlineScriptsOrStylesOrAsksOthers() {
        for (String address : List.of("/login", "/setup", "/", "/dashboard")) {
            assertThat(text(page(address)))
                    .doesNotContain(" style=", "<style", "javascript:")
                    .doesNotContainPattern("<script[^>]*>[^<]")
                    .doesNotContainPattern("(?:href|src)=\"(?!/assets/)[^\"#]*[/.]")
                    .doesNotContainPattern(" on[a-z]+=");
        }
    }

    @Test
    void compressedFormsHoldTheSameContent() throws IOException {
        Asset page = page("/login");

        assertThat(page.brotli()).isNotNull().hasSizeLessThan(page.content().length);
        assertThat(new GZIPInputStream(new ByteArrayInputStream(page.gzip())).readAllBytes())
                .isEqualTo(page.content());
    }

    @Test
    void anUnknownPathAndTheListItselfAreNotFound() {
        assertThat(pages.find("/files.tsv")).isEmpty();
        assertThat(pages.find("/login.html")).isEmpty();
        assertThat(pages.find("/../META-INF/MANIFEST.MF")).isEmpty();
        assertThat(pages.find("")).isEmpty();
    }

    @Test
    void licencesOfThePackagesAreServed() {
        assertThat(text(page("/assets/gate/licences.txt")))
                .contains("lit 3", "BSD-3-Clause", "Copyright (c) 2017 Google");
    }

    @Test
    void aBundleWithoutPagesDoesNotStart() {
        assertThatThrownBy(() -> new BundledPages(path -> null))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("/web/files.tsv");
    }

    @Test
    void aLineOfAnotherShapeIsRefused() {
        assertThatThrownBy(() -> PageFile.parse("/login\tlogin.html")).isInstanceOf(IllegalArgumentException.class);
    }

    private Asset page(String path) {
        return pages.find(path).orElseThrow(() -> new AssertionError(path + " is missing"));
    }

    private static String text(Asset asset) {
        return new String(asset.content(), UTF_8);
    }
}
