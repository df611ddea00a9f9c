#include "server/compress.hpp"

#include <array>
#include <new>

#include <brotli/encode.h>
#include <zlib.h>

#include "base/result.hpp"

namespace svodka::server {

struct GzipStream::Impl {
  z_stream stream{};

  std::string Run(std::string_view piece, int flush) {
    std::string out;
    std::array<unsigned char, 16'384> buffer;
    // zlib does not write through next_in; its C interface merely lacks the const.
    stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = buffer.data();
      stream.avail_out = buffer.size();
      deflate(&stream, flush);
      out.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    return out;
  }
};

GzipStream::GzipStream(int level) : impl_(std::make_unique<Impl>()) {
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&impl_->stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}
GzipStream::~GzipStream() { deflateEnd(&impl_->stream); }
std::string GzipStream::Write(std::string_view piece) { return impl_->Run(piece, Z_SYNC_FLUSH); }
std::string GzipStream::Finish() { return impl_->Run({}, Z_FINISH); }

std::string Gzip(std::string_view text, int level) {
  GzipStream stream(level);
  std::string out = stream.Write(text);
  out += stream.Finish();
  return out;
}

std::string Brotli(std::string_view text, int level) {
  size_t size = BrotliEncoderMaxCompressedSize(text.size());
  std::string out(size, '\0');
  if (BrotliEncoderCompress(level, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, text.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), &size,
                            reinterpret_cast<unsigned char*>(out.data())) != BROTLI_TRUE) {
    throw InvariantError("brotli refused a text");
  }
  out.resize(size);
  return out;
}

}  // namespace svodka::server
