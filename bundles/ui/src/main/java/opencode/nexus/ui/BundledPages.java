package opencode.nexus.ui;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.net.URL;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import opencode.nexus.api.page.PageSource;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages that were built into this bundle. A file is read when it is first asked for, and its bytes may be dropped
 * again when memory is short.
 */
@Component(immediate = true)
public final class BundledPages implements PageSource {
    private static final Logger LOG = LoggerFactory.getLogger(BundledPages.class);
    private static final String ROOT = "/web/";

    private final Function<String, @Nullable URL> entries;
    private final Map<String, PageFile> files;
    private final Map<String, SoftReference<Asset>> read = new ConcurrentHashMap<>();

    @Activate
    public BundledPages(BundleContext context) {
        this(context.getBundle()::getEntry);
    }

    /** @param entries finds a file of the bundle by its path, null when there is none */
    BundledPages(Function<String, @Nullable URL> entries) {
        this.entries = entries;
        this.files = new String(bytes("files.tsv"), UTF_8)
                .lines()
                .map(PageFile::parse)
                .collect(toUnmodifiableMap(PageFile::address, Function.identity()));
        LOG.debug("{} files for the browser", files.size());
    }

    @Override
    public Optional<Asset> find(String path) {
        PageFile file = files.get(path);
        if (file == null) {
            return Optional.empty();
        }
        SoftReference<Asset> kept = read.get(path);
        Asset asset = kept == null ? null : kept.get();
        if (asset == null) {
            asset = load(file);
            read.put(path, new SoftReference<>(asset));
        }
        return Optional.of(asset);
    }

    private Asset load(PageFile file) {
        return new Asset(
                file.contentType(),
                file.etag(),
                file.immutable(),
                file.open(),
                bytes(file.file()),
                file.has("br") ? bytes(file.file() + ".br") : null,
                file.has("gz") ? bytes(file.file() + ".gz") : null);
    }

    private byte[] bytes(String file) {
        URL url = entries.apply(ROOT + file);
        try {
            if (url == null) {
                throw new FileNotFoundException(ROOT + file + " is not in the bundle");
            }
            try (InputStream in = url.openStream()) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
